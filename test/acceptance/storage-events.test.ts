import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { makeLaptop } from './laptop.ts';

test('a client that PUTs its file and never calls back has a READY video, by the event of the storage alone', async () => {
  await using laptop = await makeLaptop();
  const running = await laptop.start();
  const owner = await laptop.owner();
  const created = await owner.send('POST', '/api/v1/videos', {
    title: 'Tour',
    filename: 'tour.mp4',
    content_type: 'video/mp4',
  });
  expect(created.status).toBe(201);
  const { video_id: id, upload_url: url } = (await created.json()) as {
    video_id: string;
    upload_url: string;
  };
  const body = new Uint8Array(await readFile(await makeClip('one-second')));
  const put = await fetch(url, { method: 'PUT', body, headers: { 'content-type': 'video/mp4' } });
  expect(put.status).toBe(200);
  // The sweeper would come after two minutes.
  const video = await waitFor(
    'the video to be ready',
    async () => {
      const read = (await (await owner.send('GET', `/api/v1/videos/${id}`)).json()) as { status: string };
      return read.status === 'ready' && read;
    },
    { timeoutMs: 100_000, everyMs: 200 },
  );
  expect(video).toMatchObject({ status: 'ready' });
  running.signal('SIGTERM');
  expect(await running.ended).toEqual({ code: 0, signal: null });
  expect(running.err()).toBe('');
});
