import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClipName, makeClip } from '#test/support/clips.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';
import { fetchStream } from './published-stream.ts';

interface Expected {
  /** As a viewer sees it: turned upright, with square pixels. */
  readonly shown: readonly [width: number, height: number];
  readonly ladder: readonly string[];
  readonly seconds: number;
  readonly mime?: string;
  readonly framesPerSecond?: number;
  /** False: there is none. */
  readonly sound?: boolean;
}

const SMALL = { shown: [320, 180], ladder: ['180p 320x180'], seconds: 2 } as const;

/** What each clip was made to be, whatever its container says of it. */
const CLIPS = {
  h264: { ...SMALL, seconds: 3 },
  'index-at-end': SMALL,
  hd: {
    shown: [1280, 720],
    ladder: ['720p 1280x720', '480p 854x480', '360p 640x360'],
    seconds: 5,
  },
  'hevc-rotated': { ...SMALL, shown: [180, 320], ladder: ['180p 180x320'], mime: 'video/quicktime' },
  'upside-down': { ...SMALL, sound: false },
  // 30 frames of a thirtieth, then 20 of a tenth of which the last is as short as the first.
  'variable-rate': { ...SMALL, seconds: 88 / 30, framesPerSecond: 23.976 },
  'still-screen': { ...SMALL, seconds: 151 / 30, framesPerSecond: 23.976 },
  portrait: { ...SMALL, shown: [180, 320], ladder: ['180p 180x320'] },
  'odd-size': { ...SMALL, shown: [321, 181], ladder: ['180p 320x180'] },
  anamorphic: { ...SMALL, shown: [349, 192], ladder: ['192p 348x192'], sound: false },
  silent: { ...SMALL, sound: false },
  mono: SMALL,
  surround: SMALL,
  'fifty-frames': { ...SMALL, framesPerSecond: 50 },
  ntsc: { ...SMALL, seconds: 5.005, framesPerSecond: 29.97 },
  'interlaced-avi': { ...SMALL, framesPerSecond: 25, mime: 'video/x-msvideo' },
  'avi-b-frames': { ...SMALL, mime: 'video/x-msvideo' },
  wmv: { ...SMALL, mime: 'video/x-ms-wmv' },
  'two-frames': { ...SMALL, seconds: 2 / 30, framesPerSecond: 25, sound: false, mime: 'video/x-ms-wmv' },
  '3gp': {
    ...SMALL,
    shown: [176, 144],
    ladder: ['144p 176x144'],
    framesPerSecond: 15,
    mime: 'video/3gpp',
  },
  fragmented: { ...SMALL, seconds: 3 },
  'hdr-pq': SMALL,
  'full-range': { ...SMALL, seconds: 1, sound: false, mime: 'video/quicktime' },
  'one-second': { ...SMALL, seconds: 1 },
  'one-frame': { ...SMALL, seconds: 1 / 30, sound: false },
  'long-audio': SMALL,
  'short-audio': { ...SMALL, seconds: 3 },
  'late-video': SMALL,
  'edit-list': { ...SMALL, seconds: 2.3 },
} as const satisfies Partial<Record<ClipName, Expected>>;

let pipeline: Pipeline;
const videoIds = new Map<string, string>();
beforeAll(async () => {
  const env = { MAX_ACTIVE_JOBS_PER_OWNER: '100', TRANSCODE_CONCURRENCY: '2' };
  pipeline = await startPipeline({ env });
  for (const [name, { mime }] of entries())
    videoIds.set(name, await pipeline.uploadClip(await makeClip(name), { ...(mime && { mime }) }));
});
afterAll(() => pipeline?.close());

function entries(): [ClipName, Expected][] {
  return Object.entries(CLIPS) as [ClipName, Expected][];
}

test.each(entries())('%s becomes a stream of its own size and length', async (name, expected) => {
  const videoId = videoIds.get(name) ?? '';
  const video = await pipeline.untilReady(videoId);
  const stream = await fetchStream(pipeline, video);
  const framesPerSecond = expected.framesPerSecond ?? 30;
  const frameSeconds = 1 / framesPerSecond;

  expect([video.width, video.height]).toEqual(expected.shown);
  expect(Math.abs((video.durationSeconds ?? 0) - expected.seconds)).toBeLessThanOrEqual(frameSeconds + 0.001);
  expect(await ladderOf(videoId)).toEqual(expected.ladder);
  // The order is a player's first choice, not the ladder's.
  expect(stream.variants.map(({ resolution }) => resolution).sort()).toEqual(
    expected.ladder.map((rung) => rung.split(' ')[1]).sort(),
  );
  for (const variant of stream.variants) {
    expect(variant.framesPerSecond).toBeCloseTo(framesPerSecond, 2);
    expect(Math.abs(variant.durationSeconds - expected.seconds)).toBeLessThanOrEqual(frameSeconds + 0.001);
  }
  expect(stream.audio !== null).toBe(expected.sound ?? true);
  if (!stream.audio) return;
  // Sound is cut and filled to the length of the picture, in packets of 1024 samples.
  expect(Math.abs(stream.audio.durationSeconds - expected.seconds)).toBeLessThan(frameSeconds + 0.05);
});

/** `720p 1280x720` of each rendition that the database knows of the version that plays, highest first. */
async function ladderOf(videoId: string): Promise<string[]> {
  const rows = await pipeline.rows<{ quality_label: string; width: number; height: number }>(
    `select a.quality_label, a.width, a.height from video_assets a join videos v on v.id = a.video_id
     where v.id = ? and a.version = v.current_version and a.type = 'HLS_RENDITION' order by a.height desc`,
    [videoId],
  );
  return rows.map(({ quality_label, width, height }) => `${quality_label} ${width}x${height}`);
}

test('segments are transport streams where the configuration asks for them', async () => {
  const ts = await startPipeline({ env: { SEGMENT_CONTAINER: 'ts' } });
  try {
    const video = await ts.untilReady(await ts.uploadClip(await makeClip('h264')));
    const { variants, audio } = await fetchStream(ts, video);
    expect(variants[0]?.durationSeconds).toBeCloseTo(3, 3);
    for (const name of [...(variants[0]?.segments ?? []), ...(audio?.segments ?? [])])
      expect(name).toMatch(/\.ts$/);
    expect((await ts.keys('media', `videos/${video.id}/hls/`)).filter((key) => /init|m4s/.test(key))).toEqual(
      [],
    );
  } finally {
    await ts.close();
  }
});
