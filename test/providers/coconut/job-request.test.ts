import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planTranscode } from '#domain/transcode/plan-transcode.ts';
import { inputTtlSeconds, jobRequest } from '#providers/transcoders/coconut/job-request.ts';
import { type OutputStorage, storageMembers } from '#providers/transcoders/coconut/output-storage.ts';
import type { SourceProbe } from '#providers/transcoders/source-inspector.ts';
import type { TranscodeOrder } from '#providers/transcoders/transcoder.ts';
import { orderOf, probeOf } from '#test/providers/ffmpeg/builders.ts';
import { validateJob } from '#test/support/coconut/job-validation.ts';
import { SOURCE_URL } from './subject.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
const STORAGES: OutputStorage[] = [
  { service: 'dospaces', region: 'nyc3', bucket: 'media', credentials },
  { service: 's3', region: 'eu-west-1', bucket: 'media', credentials },
  {
    service: 's3other',
    region: 'us-east-1',
    bucket: 'media',
    endpoint: 'https://s3.example.com',
    forcePathStyle: true,
    credentials,
  },
];
const outputPrefix = 'videos/v/hls/1/';
const notificationUrl = 'https://api.example.com/webhooks/coconut?submission=a&secret=b';

function jobOf(order: TranscodeOrder, storage = STORAGES[0] as OutputStorage) {
  return jobRequest(order, { inputUrl: SOURCE_URL, notificationUrl, storage: storageMembers(storage) });
}

/** As the domain plans it. */
function plannedOrder(probe: SourceProbe, overrides: Partial<TranscodeOrder> = {}): TranscodeOrder {
  const settings = {
    segmentContainer: 'fmp4',
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
    mp4Renditions: false,
  } as const;
  const source = { key: 'uploads/v/s/source.mp4', etag: 'etag', sizeBytes: 1, demuxer: probe.demuxer };
  const plan = planTranscode(source, probe, 'coconut', settings);
  return { ...plan, jobId: 'job', videoId: 'v', outputPrefix, ...overrides };
}

const variantsOf = (order: TranscodeOrder) => jobOf(order).outputs.httpstream?.[0]?.variants;

test('a widescreen source of Full HD gets the variants of the direct contract, highest first', () => {
  const probe = probeOf({ displayWidth: 1920, displayHeight: 1080 });
  expect(variantsOf(plannedOrder(probe))).toEqual([
    'mp4:1080p::quality=4,maxrate=4000k',
    'mp4:720p::quality=4,maxrate=2000k',
    'mp4:480p::quality=4,maxrate=1500k',
    'mp4:360p::quality=4,maxrate=1000k',
  ]);
});

test.each([
  [
    'held upright',
    { displayWidth: 1080, displayHeight: 1920 },
    ['1080x1920', '720x1280', '480x854', '360x640'],
  ],
  ['4:3', { displayWidth: 640, displayHeight: 480 }, ['640x480', '480x360']],
  ['smaller than the lowest rung', { displayWidth: 320, displayHeight: 180 }, ['320x180']],
  ['of an odd size', { displayWidth: 1281, displayHeight: 721 }, ['1280x720', '852x480', '640x360']],
  [
    'with pixels that are no squares',
    { displayWidth: 1280, displayHeight: 720, sampleAspectRatio: { numerator: 4, denominator: 3 } },
    ['1280x720', '854x480', '640x360'],
  ],
])('a source %s has its sizes spelled out', (_, video, sizes) => {
  const variants = variantsOf(plannedOrder(probeOf(video))) as string[];
  expect(variants.map((variant) => variant.split(':')[1])).toEqual(sizes);
});

test('everything goes under the prefix of the attempt, with its own key and no empty folder', () => {
  const job = jobOf(plannedOrder(probeOf(), { mp4Renditions: true }));
  expect(job.outputs).toEqual({
    httpstream: [
      {
        key: 'hls',
        hls: { path: '/videos/v/hls/1/' },
        variants: [
          'mp4:720p::quality=4,maxrate=2000k',
          'mp4:480p::quality=4,maxrate=1500k',
          'mp4:360p::quality=4,maxrate=1000k',
        ],
      },
    ],
    'jpg:1280x': [{ key: 'poster', path: '/videos/v/hls/1/poster.jpg', offsets: [1] }],
    'jpg:160x': [
      { key: 'storyboard', path: '/videos/v/hls/1/storyboard.jpg', interval: 2, sprite: true, vtt: true },
    ],
    'mp4:720p::quality=4,maxrate=2000k': [{ key: 'mp4:720p', path: '/videos/v/hls/1/720p.mp4' }],
    'mp4:480p::quality=4,maxrate=1500k': [{ key: 'mp4:480p', path: '/videos/v/hls/1/480p.mp4' }],
    'mp4:360p::quality=4,maxrate=1000k': [{ key: 'mp4:360p', path: '/videos/v/hls/1/360p.mp4' }],
  });
  expect(job.notification).toEqual({ type: 'http', url: notificationUrl, events: true, metadata: false });
  expect(job.input).toEqual({ url: SOURCE_URL });
});

test('objects are public where the CDN needs it, and nowhere by default', () => {
  const [spaces, aws, other] = STORAGES.map((storage) => storageMembers(storage));
  expect(spaces).toMatchObject({ service: 'dospaces', region: 'nyc3', acl: 'public-read' });
  expect(aws).toMatchObject({ service: 's3', region: 'eu-west-1', acl: 'bucket-owner-full-control' });
  expect(other).toMatchObject({
    service: 's3other',
    endpoint: 'https://s3.example.com',
    force_path_style: true,
  });
  expect(other).not.toHaveProperty('acl');
});

test('a source may be read for six hours and more, the longer it is', () => {
  expect(inputTtlSeconds(orderOf({ probe: probeOf({ durationSeconds: 10 }) }))).toBe(6 * 3600 + 40);
  expect(inputTtlSeconds(orderOf({ probe: probeOf({ durationSeconds: 12 * 3600 }) }))).toBe(54 * 3600);
});

const VIDEO = fc
  .record({
    displayWidth: fc.integer({ min: 2, max: 8192 }),
    displayHeight: fc.integer({ min: 2, max: 4320 }),
    durationSeconds: fc.double({ min: 0.01, max: 12 * 3600, noNaN: true }),
    rotationDegrees: fc.constantFrom(0, 90, 180, 270),
    sampleAspectRatio: fc.constantFrom({ numerator: 1, denominator: 1 }, { numerator: 4, denominator: 3 }),
  })
  .map((video) => probeOf({ ...video, rotationDegrees: video.rotationDegrees as 0 }));

test('whatever was probed becomes a job that Coconut takes, with no rung above the source', () => {
  fc.assert(
    fc.property(
      VIDEO,
      fc.boolean(),
      fc.constantFrom(...STORAGES),
      fc.constantFrom('videos/v/hls/1/', '/videos//v/hls/1/'),
      (probe, mp4Renditions, storage, prefix) => {
        const order = plannedOrder(probe, { mp4Renditions, outputPrefix: prefix });
        const taken = validateJob(JSON.parse(JSON.stringify(jobOf(order, storage))));
        const stream = taken.outputs.find((output) => output.kind === 'httpstream');
        if (stream?.kind !== 'httpstream') throw new Error('there is no HLS set');
        const { displayWidth, displayHeight } = probe.video;
        for (const [i, { width, height }] of stream.variants.entries()) {
          const rung = order.ladder[i];
          // A height alone has its width found from the source's shape.
          const found = width ?? 2 * Math.round(((height ?? 0) * displayWidth) / displayHeight / 2);
          expect([found, height]).toEqual([rung?.width, rung?.height]);
          expect(found).toBeLessThanOrEqual(Math.max(2, displayWidth));
          expect(height).toBeLessThanOrEqual(Math.max(2, displayHeight));
        }
        for (const output of taken.outputs)
          if (output.kind === 'image') {
            expect(output.format.width).toBeLessThanOrEqual(Math.max(2, displayWidth));
            expect(probe.durationSeconds / (output.image.interval ?? 1e9)).toBeLessThanOrEqual(100);
          }
        const paths = taken.outputs.map((output) =>
          output.kind === 'httpstream' ? output.folder : output.path,
        );
        for (const path of paths) expect(path).toMatch(/^\/videos\/v\/hls\/1\/[^/]*$/);
      },
    ),
    { numRuns: 500 },
  );
});
