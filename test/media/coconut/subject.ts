import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { outputPlaylists } from '#bootstrap/output-playlists.ts';
import { prepareBuckets } from '#providers/storage/prepare-buckets.ts';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import { coconutTranscoder } from '#providers/transcoders/coconut/coconut-transcoder.ts';
import { DEFAULT_ISOLATION, isolatedCalls } from '#providers/transcoders/coconut/isolated-call.ts';
import type { OutputStorage } from '#providers/transcoders/coconut/output-storage.ts';
import { type FfmpegBinaries, findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import type { NotifyingTranscoder, TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import { ffmpegSubject } from '#test/media/ffmpeg/subject.ts';
import { type ClipName, makeClip } from '#test/support/clips.ts';
import { type FakeCoconut, startFakeCoconut } from '#test/support/coconut/fake-coconut.ts';

export interface CoconutSubject {
  readonly fake: FakeCoconut;
  readonly transcoder: NotifyingTranscoder;
  /** An order for a clip, probed, with its source in storage. */
  order(name: ClipName, overrides?: Partial<TranscodeOrder>): Promise<TranscodeOrder>;
  outputKeys(): Promise<string[]>;
  readOutput(key: string): Promise<string>;
  close(): Promise<void>;
}

let programs: Promise<FfmpegBinaries> | null = null;

/** Looked for once a file: it takes as long as a small encode. */
function programsOfThisMachine(): Promise<FfmpegBinaries> {
  programs ??= findFfmpeg({ pathVariable: process.env.PATH ?? '' });
  return programs;
}

/**
 * The adapter over a Coconut on this machine and two buckets of its own.
 *
 * @param storageOf what Coconut is told of the bucket of outputs; by default a server that is neither Amazon's nor Spaces
 */
export async function coconutSubject(storageOf?: (bucket: string) => OutputStorage): Promise<CoconutSubject> {
  const { url: endpoint, accessKeyId, secretAccessKey } = inject('s3');
  const credentials = { accessKeyId, secretAccessKey };
  const name = randomUUID().slice(0, 8);
  const [sourceBucket, mediaBucket] = [`sources-${name}`, `media-${name}`];
  const connection = s3Connection({ region: 'us-east-1', endpoint, credentials, vendor: 'embedded' });
  await prepareBuckets(connection, { sourceBucket, mediaBucket, corsOrigins: ['*'] });
  const sources = connection.store(sourceBucket);
  const media = connection.store(mediaBucket);
  const programs = await programsOfThisMachine();
  const local = await ffmpegSubject(programs);
  const fake = await startFakeCoconut({ storageEndpoints: { s3: endpoint }, programs });
  const account = { apiKey: fake.apiKey, endpoint: fake.endpoint };
  const transcoder = coconutTranscoder({
    call: isolatedCalls(account, DEFAULT_ISOLATION),
    apiKey: fake.apiKey,
    storage: storageOf?.(mediaBucket) ?? {
      service: 's3other',
      bucket: mediaBucket,
      region: 'us-east-1',
      endpoint,
      forcePathStyle: true,
      credentials,
    },
    // Nobody listens there: what is told is somebody else's test.
    webhookUrl: 'http://127.0.0.1:9/webhooks/coconut',
    webhookSecret: 'a-webhook-secret-of-the-tests-0123456789',
    presignSource: async (key, urlTtlSeconds) => (await sources.presignGet(key, { urlTtlSeconds })).url,
    playlists: outputPlaylists(media),
  });
  fake.faults.notifications = 'never';
  return {
    fake,
    transcoder,
    async order(clip, orderOverrides) {
      const order = await local.order(clip, orderOverrides);
      const bytes = await readFile(await makeClip(clip));
      await sources.put(order.source.key, bytes, { contentType: 'video/mp4', sizeBytes: bytes.byteLength });
      return order;
    },
    async outputKeys() {
      const keys: string[] = [];
      for await (const { key } of media.list('')) keys.push(key);
      return keys.sort();
    },
    readOutput: async (key) => text((await media.get(key)).body),
    async close() {
      await fake[Symbol.asyncDispose]();
      await local.close();
      connection.close();
    },
  };
}
