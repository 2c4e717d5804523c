import { afterAll, beforeAll, expect, test } from 'vitest';
import { boxes } from '#providers/transcoders/ffmpeg/mp4-boxes.ts';
import { makeClip } from '#test/support/clips.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await startPipeline({ env: { MP4_RENDITIONS: 'true' } });
});
afterAll(() => pipeline?.close());

test('with MP4_RENDITIONS each quality can be fetched as one file, whole and by ranges', async () => {
  const video = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('h264')));
  const assets = await pipeline.rows<{
    quality_label: string;
    width: number;
    container: string;
    file_key: string;
  }>("select * from video_assets where video_id = ? and type = 'MP4'", [video.id]);
  expect(assets).toMatchObject([{ quality_label: '180p', width: 320, container: 'mp4' }]);
  const led = await pipeline.app.request(`/media/${video.id}/180p.mp4`);
  expect(led.status).toBe(302);
  const { pathname } = new URL(led.headers.get('location') ?? '');
  const whole = await pipeline.app.request(pathname);
  expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  const bytes = Buffer.from(await whole.arrayBuffer());
  expect(boxes(bytes).map(({ type }) => type)).toEqual(['ftyp', 'moov', 'mdat']);
  const part = await pipeline.app.request(pathname, { headers: { range: 'bytes=100-199' } });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).toBe(true);
});
