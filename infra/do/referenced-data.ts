import { type Output, StackReference } from '@pulumi/pulumi';
import type { DataFacts } from './data.ts';
import type { Region } from './regions.ts';
import type { StorageFacts } from './storage.ts';

/** What a stack shows of its data for others to refer to: the address of the database apart, as it is a secret. */
export function dataOutputs({ database, ...facts }: DataFacts): Record<string, unknown> {
  const { url, caCertificate, connectionsMax } = database;
  return { data: { ...facts, caCertificate, connectionsMax }, databaseUrl: url };
}

interface ShownStorage {
  readonly region: string;
  readonly sourceBucket: string;
  readonly mediaBucket: string;
  readonly playbackUrl: string;
  readonly cdnEndpointId: string;
}

interface ShownData {
  readonly storage: ShownStorage;
  readonly second: ShownStorage | null;
  readonly projectId: string;
  readonly caCertificate: string;
}

/** Where the application's data is expected to be. */
export interface Whereabouts {
  readonly region: Region;
  readonly secondRegion: Region | null;
  /** Told by this stack's own `databaseSize`. */
  readonly connectionsMax: number;
}

/** The data that another stack holds. Throws one line when it has none in a region that is asked for. */
export function referencedData(
  stack: string,
  { region, secondRegion, connectionsMax }: Whereabouts,
): DataFacts {
  const reference = new StackReference(stack);
  const shown = reference.requireOutput('data').apply((data) => data as ShownData);
  return {
    storage: factsIn(region, shown.storage),
    second: secondRegion === null ? null : factsIn(secondRegion, shown.second),
    projectId: shown.projectId,
    database: {
      url: reference.requireOutput('databaseUrl').apply(String),
      caCertificate: shown.caCertificate,
      connectionsMax,
    },
  };
}

function factsIn(region: Region, shown: Output<ShownStorage | null>): StorageFacts {
  const { sourceBucket, mediaBucket, playbackUrl, cdnEndpointId } = shown.apply((storage) =>
    storageIn(region, storage),
  );
  return { region, sourceBucket, mediaBucket, playbackUrl, cdnEndpointId };
}

/** Throws one line when the storage is not where it is looked for. */
export function storageIn<S extends Pick<ShownStorage, 'region'>>(region: Region, shown: S | null): S {
  if (shown?.region === region) return shown;
  throw new Error(
    `The data stack has its storage in ${shown?.region ?? 'one region'}, this one looks for it in ${region}: set region and secondRegion alike`,
  );
}
