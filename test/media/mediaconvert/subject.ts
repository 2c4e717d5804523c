import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { outputPlaylists } from '#bootstrap/output-playlists.ts';
import { prepareBuckets } from '#providers/storage/prepare-buckets.ts';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import type { FfmpegBinaries } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import {
  type MediaConvertOptions,
  mediaConvertTranscoder,
} from '#providers/transcoders/mediaconvert/mediaconvert-transcoder.ts';
import type { TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import { ffmpegSubject } from '#test/media/ffmpeg/subject.ts';
import { type ClipName, makeClip } from '#test/support/clips.ts';
import {
  type FakeMediaConvert,
  startFakeMediaConvert,
} from '#test/support/mediaconvert/fake-mediaconvert.ts';

export const TEST_ROLE_ARN = 'arn:aws:iam::111122223333:role/transcoder';

/** The adapter, a stand-in of the service, and the buckets between them. */
export interface MediaConvertSubject {
  readonly transcoder: ReturnType<typeof mediaConvertTranscoder>;
  readonly fake: FakeMediaConvert;
  readonly buckets: { readonly sourceBucket: string; readonly mediaBucket: string };
  /** An order for a clip, probed and stored. */
  order(name: ClipName, overrides?: Partial<TranscodeOrder>): Promise<TranscodeOrder>;
  outputKeys(): Promise<string[]>;
  readOutput(key: string): Promise<string>;
  close(): Promise<void>;
}

export async function mediaConvertSubject(
  binaries: FfmpegBinaries,
  overrides: Partial<MediaConvertOptions> = {},
): Promise<MediaConvertSubject> {
  const { url: endpoint, ...credentials } = inject('s3');
  const s3 = { region: 'us-east-1', endpoint, credentials, vendor: 'embedded' } as const;
  const connection = s3Connection(s3);
  const name = randomUUID().slice(0, 8);
  const buckets = { sourceBucket: `sources-${name}`, mediaBucket: `media-${name}` };
  await prepareBuckets(connection, { ...buckets, corsOrigins: ['*'] });
  const media = connection.store(buckets.mediaBucket);
  const probing = await ffmpegSubject(binaries);
  const fake = await startFakeMediaConvert({ s3, binaries });
  const transcoder = mediaConvertTranscoder({
    region: 'us-east-1',
    endpoint: fake.url,
    credentials,
    roleArn: TEST_ROLE_ARN,
    ...buckets,
    outputs: outputPlaylists(media),
    ...overrides,
  });
  return {
    transcoder,
    fake,
    buckets,
    async order(clip, orderOverrides) {
      const order = await probing.order(clip, orderOverrides);
      const file = await makeClip(clip);
      const { size: sizeBytes } = await stat(file);
      const options = { contentType: 'video/mp4', sizeBytes };
      await connection.store(buckets.sourceBucket).put(order.source.key, createReadStream(file), options);
      return order;
    },
    outputKeys: async () => (await Array.fromAsync(media.list(''))).map(({ key }) => key),
    readOutput: async (key) => text((await media.get(key)).body),
    async close() {
      await fake.close();
      await probing.close();
      connection.close();
    },
  };
}
