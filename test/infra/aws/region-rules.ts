import type { Recorded } from '../recording.ts';
import type { Rule } from '../rules.ts';
import type { TypeDefinitions } from '../type-definitions.ts';

/** What reaches from one region to another, each by its reason; all else names only what is in its own. */
const ACROSS: Readonly<Record<string, string>> = {
  VpcPeeringConnection: 'joins the networks of two regions',
  VpcPeeringConnectionAccepter: 'takes the connection that the other region asks for',
  PeeringConnectionOptions: 'is of that connection',
  Route: 'leads to the other region by that connection',
  InstanceAutomatedBackupsReplication: 'copies backups of the database to the other region',
  RegionSettings: 'is of the account',
};

const kindOf = ({ type }: Recorded) => type.split(':').at(-1) ?? '';

/** What resources of one region name of another: the cloud would look for it in the wrong place. */
export function regionsApart(definitions: TypeDefinitions, home: string): Rule {
  return (resources) => {
    const providers = resources.filter(({ type }) => type === 'pulumi:providers:aws');
    /** Null for what is the whole world's: its arguments know no region. Else its own, its provider's, the stack's. */
    const regionOf = ({ type, inputs, provider }: Recorded) => {
      const explicit = providers.find(({ name }) => provider.split('::').includes(name));
      const region = inputs.region ?? explicit?.inputs.region ?? home;
      return 'region' in (definitions.argsOf(type) ?? {}) ? String(region) : null;
    };
    const regionsOfId = Map.groupBy(resources, ({ name }) => `${name}-id`);
    const standsIn = (value: string): string | null => {
      const [, ofArn] = /^arn:aws[\w-]*:[\w-]+:([\w-]+):/.exec(value) ?? [];
      const regions = new Set((regionsOfId.get(value) ?? []).map(regionOf));
      return ofArn ?? (regions.size === 1 ? ([...regions][0] ?? null) : null);
    };
    return resources
      .filter((resource) => resource.type.startsWith('aws:') && !(kindOf(resource) in ACROSS))
      .flatMap((resource) => {
        const region = regionOf(resource);
        if (region === null) return [];
        return stringsIn(resource.inputs)
          .filter((value) => ![null, region].includes(standsIn(value)))
          .map(
            (value) => `${kindOf(resource)} ${resource.name} in ${region}: ${value} is in ${standsIn(value)}`,
          );
      });
  };
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(stringsIn) : [];
}
