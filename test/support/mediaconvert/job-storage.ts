import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { OutputGroup } from '@aws-sdk/client-mediaconvert';
import type { S3Connection } from '#providers/storage/s3-object-store.ts';
import { FakeJobError } from './encode-job.ts';
import type { FakeOutputGroup } from './fake-jobs.ts';
import { destinationOf } from './service-rules.ts';

/** As MediaConvert sets them. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.m3u8': 'application/x-mpegURL',
  '.cmfv': 'video/mp4',
  '.cmfa': 'audio/mp4',
  '.ts': 'video/MP2T',
  '.mp4': 'video/mp4',
  '.jpg': 'image/jpeg',
};

/** Reads a source by its `s3://` address with the rights of the role. */
export async function fetchSource(
  s3: S3Connection,
  address: string,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, key } = parts(address);
  try {
    const { body } = await s3.store(bucket).get(key, { signal });
    await pipeline(body, createWriteStream(file), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new FakeJobError(1010, `Unable to open input file [${address}]: [Failed probe/open: [${error}]]`);
  }
}

/** Writes the files of a group where its destination says, playlists last. Answers the group with `s3://` addresses. */
export async function storeGroup(
  s3: S3Connection,
  group: OutputGroup,
  encoded: FakeOutputGroup,
  folder: string,
  signal: AbortSignal,
): Promise<FakeOutputGroup> {
  const destination = destinationOf(group);
  const parent = destination.slice(0, destination.lastIndexOf('/') + 1);
  const { bucket, key: prefix } = parts(parent);
  const names = (await readdir(folder)).sort(
    (a, b) => Number(a.endsWith('.m3u8')) - Number(b.endsWith('.m3u8')),
  );
  for (const name of names) {
    const file = path.join(folder, name);
    const contentType = CONTENT_TYPES[path.extname(name)] ?? 'application/octet-stream';
    const { size: sizeBytes } = await stat(file);
    const options = { contentType, sizeBytes, signal };
    await s3.store(bucket).put(prefix + name, createReadStream(file), options);
  }
  const addressOf = (file: string) => parent + path.basename(file);
  return {
    ...encoded,
    playlistPaths: encoded.playlistPaths.map(addressOf),
    outputs: encoded.outputs.map((output) => ({ ...output, paths: output.paths.map(addressOf) })),
  };
}

function parts(address: string): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(address) ?? [];
  return { bucket, key };
}
