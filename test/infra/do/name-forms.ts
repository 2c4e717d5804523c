import type { NameForms } from '../names.ts';

const SLUG = /^[a-z0-9][a-z0-9-]*[a-z0-9]$/;
const LINE = /^.+$/;

/** Names by type. That of an app stands in its spec, and Pulumi makes none: a rule of its own. */
export const NAME_FORMS: NameForms = {
  Certificate: { max: 64, form: SLUG },
  ContainerRegistry: { max: 63, form: SLUG },
  DatabaseCluster: { max: 63, form: SLUG },
  DatabaseDb: { max: 63, form: SLUG },
  Project: { max: 175, form: LINE },
  SpacesBucket: { max: 63, form: SLUG },
  SpacesKey: { max: 255, form: LINE },
  UptimeAlert: { max: 255, form: LINE },
  UptimeCheck: { max: 255, form: LINE },
  Vpc: { max: 255, form: /^[A-Za-z0-9.-]+$/ },
  VpcPeering: { max: 255, form: /^[A-Za-z0-9.-]+$/ },
};
