import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uploadLocks } from '#domain/upload/upload-locks.ts';
import { waitFor } from '#test/support/conditions.ts';
import { hangingPatch } from './raw-patch.ts';
import { begun, bytes, head, MIB, offsetOf, patch, serveTus, sourceOf, type TusApi } from './tus-api.ts';

/** Two processes of one deployment. */
let one: TusApi;
let other: TusApi;
beforeAll(async () => {
  one = await serveTus();
  other = await serveTus({ sharing: one.platform });
});
afterAll(async () => {
  await other.close();
  await one.close();
});

const ownerId = randomUUID();
const em = () => one.platform.context({ kind: 'system' }).em;
const log = { debug() {}, info() {}, warn() {}, error() {} };
const never = new AbortController().signal;
const lockRows = (name: string) =>
  em().execute<{ token: string; release_requested_at: Date | null }[]>(
    'select token, release_requested_at from upload_locks where name = ?',
    [name],
  );
const isHeld = async (name: string) => (await lockRows(name)).length > 0;

async function sessionIdOf(videoId: string): Promise<string> {
  const [row] = await em().execute<{ id: string }[]>('select id from upload_sessions where video_id = ?', [
    videoId,
  ]);
  return row?.id ?? '';
}

test.each([
  ['the same process', () => one],
  ['another process', () => other],
])(
  'a piece that hangs makes room for a newer request in %s, and what it brought is kept',
  async (_where, at) => {
    const file = bytes(10 * MIB);
    const { path, videoId } = await begun(one, ownerId, file.length);
    const body = file.subarray(0, 2 * MIB);
    const { socket } = await hangingPatch(one, path, { offset: 0, announcedBytes: file.length, body });
    const sessionId = await sessionIdOf(videoId);
    await waitFor('the piece to begin', () => isHeld(sessionId));
    const answer = await head(at(), path);
    expect(answer.status).toBe(200);
    const offset = Number(answer.headers.get('upload-offset'));
    // Not all of it may have been read when it had to make room.
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThanOrEqual(body.length);
    expect((await patch(at(), path, offset, file.subarray(offset))).status).toBe(204);
    expect((await sourceOf(one, videoId)).equals(file)).toBe(true);
    expect(await isHeld(sessionId)).toBe(false);
    socket.destroy();
  },
);

test('two pieces at once: one gets on, and the file is right whoever it was', async () => {
  const file = bytes(20 * MIB);
  const { path, videoId } = await begun(one, ownerId, file.length);
  const answers = await Promise.all([patch(one, path, 0, file), patch(other, path, 0, file)]);
  for (const { status } of answers) expect([204, 409, 423]).toContain(status);
  const offset = await offsetOf(one, path);
  if (offset < file.length) await patch(other, path, offset, file.subarray(offset));
  expect(await offsetOf(other, path)).toBe(file.length);
  expect((await sourceOf(one, videoId)).equals(file)).toBe(true);
});

test('the lock of a process that died ends by itself', async () => {
  const { path, videoId } = await begun(one, ownerId, 100);
  const sessionId = await sessionIdOf(videoId);
  await em().execute(
    `insert into upload_locks (name, token, locked_until) values (?, ?, clock_timestamp() + interval '1 second')`,
    [sessionId, randomUUID()],
  );
  expect((await patch(one, path, 0, bytes(100))).status).toBe(204);
});

const QUICK = { leaseSeconds: 1, beatSeconds: 0.1, waitSeconds: 0.5 };

test('a holder keeps its lock for longer than a lease, and is asked to make room once', async () => {
  const name = randomUUID();
  const locks = uploadLocks({ em, log }, QUICK);
  let asked = 0;
  const held = await locks.acquire(name, {
    signal: never,
    onReleaseRequested: () => {
      asked += 1;
    },
  });
  const [first] = await lockRows(name);
  const strangers = uploadLocks({ em, log }, { ...QUICK, waitSeconds: 1.5 });
  await expect(
    strangers.acquire(name, { signal: never, onReleaseRequested: () => undefined }),
  ).rejects.toMatchObject({ code: 'upload_locked' });
  expect((await lockRows(name))[0]?.token).toBe(first?.token);
  expect(asked).toBe(1);
  await held.release();
  expect(await isHeld(name)).toBe(false);
  // Again is no error, and takes nothing from who came next.
  const next = await strangers.acquire(name, { signal: never, onReleaseRequested: () => undefined });
  await held.release();
  expect(await isHeld(name)).toBe(true);
  await next.release();
});

test('a holder whose lock was taken over hears of it', async () => {
  const name = randomUUID();
  const { promise: told, resolve } = Promise.withResolvers<void>();
  const held = await uploadLocks({ em, log }, QUICK).acquire(name, {
    signal: never,
    onReleaseRequested: resolve,
  });
  await em().execute('update upload_locks set token = ? where name = ?', [randomUUID(), name]);
  await told;
  await held.release();
  expect(await isHeld(name)).toBe(true);
});

test('whoever gives up waiting leaves no lock behind', async () => {
  const name = randomUUID();
  const locks = uploadLocks({ em, log }, { ...QUICK, waitSeconds: 60 });
  const held = await locks.acquire(name, { signal: never, onReleaseRequested: () => undefined });
  const leaving = new AbortController();
  const waiting = locks.acquire(name, { signal: leaving.signal, onReleaseRequested: () => undefined });
  leaving.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await held.release();
  expect(await isHeld(name)).toBe(false);
});
