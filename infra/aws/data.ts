import { type Config, type Output, output, StackReference, secret } from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';
import { placeOf } from './access/role.ts';
import type { AwsSettings } from './aws-settings.ts';
import { BackupReplica } from './database/backup-replica.ts';
import { Database } from './database/database.ts';
import { databasePassword } from './database/database-password.ts';
import { PlaybackFirewall } from './entrance/firewall.ts';
import { groupsOf } from './network/site-region.ts';
import { partThere, type SecondRegion, thereOf } from './second-region.ts';
import type { SiteFacts } from './site.ts';
import { RegionalStorage, type StorageFacts } from './storage/regional-storage.ts';
import { tagsOf } from './tags.ts';

/** What the application of an environment needs of its data. */
export interface DataFacts extends StorageFacts {
  readonly databaseId: string;
  readonly connectionsMax: number;
  /** Null where the data is in one region. */
  readonly second: SecondStorageFacts | null;
}

/** Storage of the second region. */
export interface SecondStorageFacts extends StorageFacts {
  readonly region: string;
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
  second: SecondRegion | null,
): Data {
  const tags = tagsOf(settings);
  const name = `sluice-${settings.environment}`;
  const firewall = new PlaybackFirewall(`${name}-playback`, { tags });
  const storage = new RegionalStorage(name, {
    settings,
    aws: awsSettings,
    webAclArn: firewall.arn,
    place: placeOf(awsSettings),
    tags,
  });
  const database = new Database(name, {
    settings: settings.database,
    subnetIds: site.apply(({ privateSubnetIds }) => [...privateSubnetIds]),
    securityGroupId: groupsOf(site, settings.environment).databaseId,
    password: databasePassword(config),
    isProtected: settings.protectData,
    tags,
  });
  const { identifier: databaseId, connectionsMax } = database;
  const there =
    second &&
    new RegionalStorage(
      thereOf(name),
      {
        settings,
        // A domain is one distribution's, and who signs playback is the same everywhere.
        aws: { ...awsSettings, media: null, signerKeys: [] },
        webAclArn: firewall.arn,
        place: second.place,
        tags,
      },
      second.options,
    );
  if (second)
    new BackupReplica(
      thereOf(name),
      {
        databaseArn: database.arn,
        keptDays: settings.database.backupDays,
        isProtected: settings.protectData,
        tags,
      },
      second.options,
    );
  return {
    facts: output({
      ...storage.facts,
      databaseId,
      connectionsMax,
      second: second && there && { ...there.facts, region: second.region },
    }),
    databaseUrl: database.url,
  };
}

/** Storage of the second region. Applied, it throws one line where the data has none there. */
export function storageIn(data: Output<DataFacts>, region: string): Output<SecondStorageFacts> {
  return data.apply(({ second }) => partThere('data', second, region));
}

/** The data that another stack holds. */
export function referencedData(stack: string): Data {
  const reference = new StackReference(stack);
  return {
    facts: reference.requireOutput('data').apply((data) => data as DataFacts),
    databaseUrl: secret(reference.requireOutput('databaseUrl').apply(String)),
  };
}
