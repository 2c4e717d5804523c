import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { userActor } from '#test/support/platform.ts';
import { zipOf } from '#test/support/zips.ts';
import { rowsOf } from './attempts.ts';
import { openDeployment } from './deployment.ts';

/** Enough to be caught at it. */
const PADDING_BYTES = 96 * 1024 ** 2;

interface Entry {
  readonly name: string;
  readonly state: string;
  readonly videoId: string | null;
  readonly status: string | null;
}

test('a worker killed with -9 while it unpacks is followed by one that goes on: each entry is one video in the end', async () => {
  // The shortest lease that can be set: what is shown does not depend on its length.
  await using deployment = await openDeployment({ TRANSCODE_LEASE_SECONDS: '9' });
  const { platform, databaseUrl } = deployment;
  const app = createApi(platform);
  const { ownerId } = userActor();
  const authorization = `Bearer ${await platform.token(ownerId, { scopes: ['admin'] })}`;
  const call = (path: string, init: RequestInit = {}) =>
    app.request(path, { ...init, headers: { authorization, 'content-type': 'application/json' } });

  const clip = await readFile(await makeClip('one-second'));
  const data = { 'a.mp4': clip, 'b.mp4': padded(clip), 'c.mp4': clip, 'd.mp4': clip };
  const archive = zipOf(Object.entries(data).map(([name, bytes]) => ({ name, data: bytes, stored: true })));
  const asked = await call('/api/uploads/signed_url', {
    method: 'POST',
    body: JSON.stringify({ file_name: 'course.zip' }),
  });
  const { signed_url, playlist_id: playlistId } = (await asked.json()) as {
    signed_url: string;
    playlist_id: string;
  };
  const put = await fetch(signed_url, { method: 'PUT', body: archive });
  expect(put.status).toBe(200);
  const { em, enqueue } = platform.context({ kind: 'system' });
  await em.fork().transactional((tx) => enqueue(tx, 'check-playlist', { playlistId }));

  const entries = async (): Promise<Entry[]> =>
    ((await (await call(`/api/playlists/${playlistId}`)).json()) as { videos: Entry[] }).videos;
  const doomed = await deployment.startWorker();
  const begun = await waitFor(
    'the second entry to be on its way',
    async () => {
      const [, second] = await entries();
      return second?.videoId ? second : undefined;
    },
    { timeoutMs: 60_000, everyMs: 5 },
  );
  doomed.signal('SIGKILL');
  await doomed.ended;
  const left = await entries();
  expect(left.map(({ state }) => state)).toEqual(['ACCEPTED', 'PENDING', 'PENDING', 'PENDING']);
  expect(left[1]).toMatchObject({ videoId: begun.videoId, status: 'UPLOADING' });

  await deployment.startWorker();
  const ended = await waitFor(
    'every entry to be READY',
    async () => {
      const now = await entries();
      return now.every(({ status }) => status === 'READY' || status === 'FAILED') && now;
    },
    { timeoutMs: 180_000, everyMs: 200 },
  );
  expect(ended.map(({ name, state, status }) => [name, state, status])).toEqual(
    Object.keys(data).map((name) => [name, 'ACCEPTED', 'READY']),
  );
  expect(ended.slice(0, 2).map(({ videoId }) => videoId)).toEqual([left[0]?.videoId, begun.videoId]);

  const videos = await rowsOf<{ id: string; source_size_bytes: string }>(
    databaseUrl,
    'select id, source_size_bytes from videos where owner_id = $1',
    [ownerId],
  );
  expect(videos.map(({ id }) => id).sort()).toEqual(ended.map(({ videoId }) => videoId).sort());
  expect(videos.map(({ source_size_bytes }) => Number(source_size_bytes)).sort()).toEqual(
    Object.values(data)
      .map(({ length }) => length)
      .sort(),
  );
  const { sources } = platform.context({ kind: 'system' }).storage;
  expect(await Array.fromAsync(sources.list('uploads/'))).toHaveLength(videos.length);
  expect(await Array.fromAsync(sources.listMultiparts('uploads/'))).toEqual([]);
  await waitFor(
    'the archive to be removed',
    async () => (await Array.fromAsync(sources.list('archives/'))).length === 0,
  );
});

/** The clip with a box behind it that players skip (ISO/IEC 14496-12, section 8.1.2). */
function padded(clip: Buffer): Buffer {
  const box = Buffer.alloc(PADDING_BYTES);
  box.writeUInt32BE(PADDING_BYTES, 0);
  box.write('free', 4, 'latin1');
  return Buffer.concat([clip, box]);
}
