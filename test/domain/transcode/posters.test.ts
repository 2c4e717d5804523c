import { afterEach, expect, test } from 'vitest';
import { getVideo } from '#domain/video/get-video.ts';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import type { OutputAsset, TranscodeOrder, TranscodeOutput } from '#providers/transcoders/transcoder.ts';
import { type OpenedUpload, runTask, useStage } from '../stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** An output with pictures of its own, as providers write them beside their playlists. */
async function withPictures(order: TranscodeOrder): Promise<TranscodeOutput> {
  const output = await stage.transcoder.make(order);
  const picture = async (
    type: OutputAsset['type'],
    qualityLabel: string,
    name: string,
  ): Promise<OutputAsset> => {
    const key = `${order.outputPrefix}${name}`;
    await stage.system().storage.media.put(key, 'a picture', { contentType: 'image/jpeg' });
    const container = name.endsWith('.vtt') ? 'vtt' : 'jpg';
    return {
      type,
      qualityLabel,
      key,
      container,
      bandwidthBitsPerSecond: null,
      width: null,
      height: null,
      codec: null,
    };
  };
  const pictures = [
    await picture('THUMBNAIL', 'poster', 'poster.jpg'),
    await picture('STORYBOARD', 'sprite', 'storyboard.jpg'),
    await picture('STORYBOARD', 'cues', 'storyboard.vtt'),
  ];
  return { ...output, assets: [...output.assets, ...pictures] };
}

const posterOf = async (videoId: string) =>
  (await stage.row<{ poster_key: string | null }>('videos', videoId)).poster_key;
const noneIsCut = () => {
  stage.gates.media.put = (key) => {
    if (key.includes('/poster/')) throw new StorageError('unavailable', 'not this one');
  };
};

async function readyWithPictures(): Promise<OpenedUpload> {
  stage.transcoder.script.push(withPictures);
  return stage.ready();
}

async function again({ videoId }: OpenedUpload): Promise<void> {
  await transcodeAgain(stage.system(), { videoId });
  await stage.runJobs('probe-source');
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
}

async function sweepReplaced({ videoId }: OpenedUpload): Promise<void> {
  stage.passSeconds(2 * stage.system().settings.versionGraceSeconds);
  for (const { id } of await stage.attempts(videoId))
    await runTask('sweep-version', stage.system(), { jobId: id });
}

test("the poster that the probe cut is taken before a transcoder's own, which goes with its version", async () => {
  const video = await readyWithPictures();
  expect(await posterOf(video.videoId)).toMatch(/\/poster\/\w+\/poster\.jpg$/);
  await again(video);
  const poster = await posterOf(video.videoId);
  await sweepReplaced(video);
  expect((await stage.system().storage.media.head(poster ?? '')).sizeBytes).toBeGreaterThan(0);
});

test('where none was cut, the poster is that of the version that plays, and of no other', async () => {
  noneIsCut();
  const video = await readyWithPictures();
  const first = await posterOf(video.videoId);
  expect(first).toMatch(/\/hls\/\w+\/poster\.jpg$/);
  stage.transcoder.script.push(withPictures);
  await again(video);
  const second = await posterOf(video.videoId);
  expect(second).toMatch(/\/hls\/\w+\/poster\.jpg$/);
  expect(second).not.toBe(first);
  await again(video);
  expect(await posterOf(video.videoId)).toBeNull();
  await sweepReplaced(video);
  const shown = await getVideo(stage.as(video.ownerId), video);
  expect(shown).toMatchObject({ status: 'READY', posterUrl: null });
});

test("a poster that is cut at the second look takes the place of a transcoder's", async () => {
  noneIsCut();
  const video = await readyWithPictures();
  delete stage.gates.media.put;
  await again(video);
  await sweepReplaced(video);
  const poster = await posterOf(video.videoId);
  expect(poster).toContain(`videos/${video.videoId}/poster/`);
  expect((await stage.system().storage.media.head(poster ?? '')).sizeBytes).toBeGreaterThan(0);
});

test('everything that was reported is a row of the version', async () => {
  const { videoId } = await readyWithPictures();
  const rows = await stage.sql(
    `select a.type, a.quality_label, a.container from video_assets a join videos v on v.current_version = a.version
     where v.id = ? order by a.type, a.container`,
    [videoId],
  );
  expect(rows).toEqual([
    { type: 'HLS_MASTER', quality_label: null, container: 'm3u8' },
    { type: 'HLS_RENDITION', quality_label: '180p', container: 'm3u8' },
    { type: 'STORYBOARD', quality_label: 'sprite', container: 'jpg' },
    { type: 'STORYBOARD', quality_label: 'cues', container: 'vtt' },
    { type: 'THUMBNAIL', quality_label: 'poster', container: 'jpg' },
  ]);
});
