import { type Config, type Output, output, StackReference, secret } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import type { AwsSettings } from './aws-settings.ts';
import { Database } from './database.ts';
import { PlaybackFirewall } from './firewall.ts';
import { RegionalStorage, type StorageFacts } from './regional-storage.ts';
import { placeOf } from './role.ts';
import type { SiteFacts } from './site.ts';
import { groupsOf } from './site-region.ts';
import { tagsOf } from './tags.ts';

/** What the application of an environment needs of its data. */
export interface DataFacts extends StorageFacts {
  readonly databaseId: string;
  readonly connectionsMax: number;
}

/** Apart, as one secret would make the whole object one. */
export interface Data {
  readonly facts: Output<DataFacts>;
  /** A secret. */
  readonly databaseUrl: Output<string>;
}

/** The data of an environment in this stack: it outlives every deploy, and by default `pulumi destroy` too. */
export function makeData(
  settings: Settings,
  awsSettings: AwsSettings,
  config: Config,
  site: Output<SiteFacts>,
): Data {
  const tags = tagsOf(settings);
  const name = `sluice-${settings.environment}`;
  const firewall = new PlaybackFirewall(`${name}-playback`, { tags });
  const storage = new RegionalStorage(name, {
    settings,
    aws: awsSettings,
    media: awsSettings.media,
    webAclArn: firewall.arn,
    place: placeOf(),
    tags,
  });
  const database = new Database(name, {
    settings: settings.database,
    subnetIds: site.apply(({ privateSubnetIds }) => [...privateSubnetIds]),
    securityGroupId: groupsOf(site, settings.environment).databaseId,
    password: config.requireSecret('databasePassword'),
    isProtected: settings.protectData,
    tags,
  });
  const { identifier: databaseId, connectionsMax } = database;
  return { facts: output({ ...storage.facts, databaseId, connectionsMax }), databaseUrl: database.url };
}

/** The data that another stack holds. */
export function referencedData(stack: string): Data {
  const reference = new StackReference(stack);
  return {
    facts: reference.requireOutput('data').apply((data) => data as DataFacts),
    databaseUrl: secret(reference.requireOutput('databaseUrl').apply(String)),
  };
}
