import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { checkSessions } from '#domain/upload/check-sessions.ts';
import { cleanSession } from '#domain/upload/clean-session.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { problemOf } from '#test/api/test-api.ts';
import { type GateName, type Gates, gated } from '#test/domain/gated-store.ts';
import { waitFor } from '#test/support/conditions.ts';
import { createTestPlatform } from '#test/support/platform.ts';
import { hangingPatch } from './raw-patch.ts';
import {
  begun,
  bytes,
  head,
  MIB,
  offsetOf,
  patch,
  serveTus,
  sourceOf,
  standing,
  type TusApi,
} from './tus-api.ts';

const gates: Gates = {};
/** Listings leave out the part with this number. */
let lostPart = 0;
let answerSeconds = 20;
let api: TusApi;
beforeAll(async () => {
  api = await serveTus({
    // Two parts may be buffered at once.
    env: { TMP_MAX_BYTES: String(64 * MIB) },
    replace: ({ storage, settings }) => {
      const { sources } = storage;
      const forgetful = {
        ...sources,
        listParts: async (key: string, uploadId: string) =>
          (await sources.listParts(key, uploadId)).filter(({ partNumber }) => partNumber !== lostPart),
      };
      return {
        storage: { ...storage, sources: gated(forgetful, gates) },
        settings: {
          ...settings,
          get completionAnswerSeconds() {
            return answerSeconds;
          },
        },
      };
    },
  });
});
afterAll(() => api.close());
afterEach(() => {
  lostPart = 0;
  answerSeconds = 20;
  for (const name of Object.keys(gates)) delete gates[name as GateName];
});

const ownerId = randomUUID();
const COMPLETED = { video: 'UPLOADED', session: 'COMPLETED' };
const away = () => {
  throw new StorageError('unavailable', 'storage is away');
};
const sql = <T extends object>(statement: string, values: unknown[]) =>
  api.platform.context({ kind: 'system' }).em.execute<T[]>(statement, values);

async function session(videoId: string) {
  const [row] = await sql<{ id: string; file_key: string; provider_upload_id: string }>(
    'select id, file_key, provider_upload_id from upload_sessions where video_id = ?',
    [videoId],
  );
  if (!row) throw new Error('there is no session');
  return row;
}

async function byOwner(videoId: string, verb: 'pause' | 'resume'): Promise<void> {
  const headers = { Authorization: `Bearer ${await api.platform.token(ownerId)}` };
  const path = `/api/uploads/${(await session(videoId)).id}/${verb}`;
  const response = await fetch(api.url + path, { method: 'POST', headers });
  if (!response.ok) throw new Error(`${verb}: ${response.status} ${await response.text()}`);
}

describe('a pause by the owner', () => {
  test('refuses pieces with what clients wait on, and loses nothing', async () => {
    const file = bytes(1000);
    const { path, videoId } = await begun(api, ownerId, 1000);
    await patch(api, path, 0, file.subarray(0, 300));
    await byOwner(videoId, 'pause');
    const refused = await patch(api, path, 300, file.subarray(300));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([423, '5']);
    expect((await problemOf(refused)).code).toBe('upload_paused');
    expect(await offsetOf(api, path)).toBe(300);
    await byOwner(videoId, 'resume');
    expect((await patch(api, path, 300, file.subarray(300))).status).toBe(204);
    expect(await standing(api, videoId)).toEqual(COMPLETED);
  });

  test('ends a piece that is under way with its next part, which is kept', async () => {
    const file = bytes(24 * MIB);
    const { path, videoId } = await begun(api, ownerId, file.length);
    gates.putPart = () => byOwner(videoId, 'pause').catch(() => undefined);
    const refused = await patch(api, path, 0, file);
    expect((await problemOf(refused)).code).toBe('upload_paused');
    delete gates.putPart;
    expect(await offsetOf(api, path)).toBe(8 * MIB);
  });
});

describe('the end of an upload', () => {
  test('terminated: 204, then 410 for everything, and storage is empty once it is cleaned', async () => {
    const { path, videoId } = await begun(api, ownerId, 1000);
    await patch(api, path, 0, bytes(300));
    const headers = { 'Tus-Resumable': '1.0.0' };
    expect((await fetch(api.url + path, { method: 'DELETE', headers })).status).toBe(204);
    expect(await standing(api, videoId)).toEqual({ video: 'FAILED', session: 'CANCELED' });
    expect((await head(api, path)).status).toBe(410);
    expect((await patch(api, path, 300, bytes(1))).status).toBe(410);
    expect((await fetch(api.url + path, { method: 'DELETE', headers })).status).toBe(410);
    const context = api.platform.context({ kind: 'system' });
    await cleanSession(context, { sessionId: (await session(videoId)).id });
    const { sources } = context.storage;
    expect(await Array.fromAsync(sources.list(`uploads/${videoId}/`))).toEqual([]);
    expect(await Array.fromAsync(sources.listMultiparts(`uploads/${videoId}/`))).toEqual([]);
  });

  test('a completed one is not terminated', async () => {
    const { path, videoId } = await begun(api, ownerId, 10);
    await patch(api, path, 0, bytes(10));
    const answer = await fetch(api.url + path, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' } });
    expect(answer.status).toBe(403);
    expect(await standing(api, videoId)).toEqual(COMPLETED);
  });

  test('expired: 410; before that each piece moves the expiry on', async () => {
    const { path, videoId } = await begun(api, ownerId, 1000);
    await sql("update upload_sessions set expires_at = now() + interval '1 hour' where video_id = ?", [
      videoId,
    ]);
    const stored = await patch(api, path, 0, bytes(300));
    const answered = Date.parse(stored.headers.get('upload-expires') ?? '');
    expect(answered - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    const shown = Date.parse((await head(api, path)).headers.get('upload-expires') ?? '');
    expect(Math.abs(shown - answered)).toBeLessThan(5000);
    await sql('update upload_sessions set expires_at = now() - make_interval(secs => 1) where video_id = ?', [
      videoId,
    ]);
    expect((await head(api, path)).status).toBe(410);
    expect((await problemOf(await patch(api, path, 300, bytes(1)))).code).toBe('upload_expired');
  });
});

describe('storage', () => {
  test('that is away fails the piece, not the upload: HEAD knows what is stored', async () => {
    const file = bytes(20 * MIB);
    const { path, videoId } = await begun(api, ownerId, file.length);
    await patch(api, path, 0, file.subarray(0, 8 * MIB));
    gates.putPart = away;
    gates.listParts = away;
    gates.head = away;
    const refused = await patch(api, path, 8 * MIB, file.subarray(8 * MIB));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await problemOf(refused)).code).toBe('storage_unavailable');
    expect(await offsetOf(api, path)).toBe(8 * MIB);
    for (const name of ['putPart', 'listParts', 'head'] as const) delete gates[name];
    expect((await patch(api, path, 8 * MIB, file.subarray(8 * MIB))).status).toBe(204);
    expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  });

  test('that goes away when it has joined the parts: the last piece comes again and completes', async () => {
    const file = bytes(1000);
    const { path, videoId } = await begun(api, ownerId, 1000);
    gates.completeMultipartAfter = away;
    expect((await patch(api, path, 0, file)).status).toBe(503);
    delete gates.completeMultipartAfter;
    const again = await patch(api, path, 0, file);
    expect((await problemOf(again)).code).toBe('offset_conflict');
    expect(await offsetOf(api, path)).toBe(1000);
    expect(await standing(api, videoId)).toEqual(COMPLETED);
    expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  });

  test('that has dropped the upload ends it: its client begins again, and never believes it was whole', async () => {
    const file = bytes(1000);
    const { path, videoId } = await begun(api, ownerId, 1000);
    await patch(api, path, 0, file.subarray(0, 10));
    const { file_key, provider_upload_id } = await session(videoId);
    const { sources } = api.platform.context({ kind: 'system' }).storage;
    await sources.abortMultipart(file_key, provider_upload_id);
    expect((await problemOf(await patch(api, path, 10, file.subarray(10)))).code).toBe('upload_expired');
    expect((await head(api, path)).status).toBe(410);
    expect(await standing(api, videoId)).toEqual({ video: 'FAILED', session: 'FAILED' });
  });

  test('that has lost a part sends the client back to it', async () => {
    const file = bytes(20 * MIB);
    const { path, videoId } = await begun(api, ownerId, file.length);
    lostPart = 2;
    expect((await problemOf(await patch(api, path, 0, file))).code).toBe('offset_conflict');
    lostPart = 0;
    expect(await offsetOf(api, path)).toBe(8 * MIB);
    expect((await patch(api, path, 8 * MIB, file.subarray(8 * MIB))).status).toBe(204);
    expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  });

  test('that joins for longer than a request may last keeps nobody waiting', async () => {
    const file = bytes(1000);
    const { path, videoId } = await begun(api, ownerId, 1000);
    answerSeconds = 0.1;
    const { promise: joined, resolve } = Promise.withResolvers<void>();
    gates.completeMultipart = () => joined;
    const last = await patch(api, path, 0, file);
    expect([last.status, last.headers.get('upload-offset')]).toEqual([204, '1000']);
    const meanwhile = await head(api, path);
    expect([meanwhile.status, meanwhile.headers.get('upload-offset')]).toEqual([200, '1000']);
    expect((await standing(api, videoId)).session).toBe('IN_PROGRESS');
    resolve();
    await waitFor(
      'the upload to be complete',
      async () => (await standing(api, videoId)).session === 'COMPLETED',
    );
    expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  });
});

describe('a process that dies after the last byte', () => {
  test('and before it said so: the sweeper finds the object and completes it', async () => {
    const file = bytes(1000);
    const { path, videoId } = await begun(api, ownerId, 1000);
    gates.completeMultipartAfter = away;
    expect((await patch(api, path, 0, file)).status).toBe(503);
    delete gates.completeMultipartAfter;
    await sql(
      'update upload_sessions set next_check_at = now() - make_interval(secs => 1) where video_id = ?',
      [videoId],
    );
    await checkSessions(api.platform.context({ kind: 'system' }));
    expect(await standing(api, videoId)).toEqual(COMPLETED);
    expect(await offsetOf(api, path)).toBe(1000);
  });

  test('and before it was complete: a job is queued with the last byte', async () => {
    const { path, videoId } = await begun(api, ownerId, 1000);
    await patch(api, path, 0, bytes(1000));
    const { id } = await session(videoId);
    const jobs = await sql(
      `select 1 from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
       where t.identifier = 'complete-upload' and j.payload::jsonb @> ?::jsonb`,
      [JSON.stringify({ sessionId: id })],
    );
    expect(jobs).toHaveLength(1);
  });
});

test('whatever keeps us from knowing the offset is 423 for HEAD: all that was sent would be sent again', async () => {
  const platform = await createTestPlatform();
  const app = createApi(platform);
  await platform.close();
  const address = `/api/tus/up_${'a'.repeat(43)}`;
  const headers = { 'Tus-Resumable': '1.0.0' };
  const answer = await app.request(address, { method: 'HEAD', headers });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([423, '5']);
});

test('as many pieces as there is room for are buffered, others come later', async () => {
  const body = bytes(100);
  const hanging = [];
  for (let n = 0; n < 2; n += 1) {
    const { path, videoId } = await begun(api, ownerId, 1000);
    hanging.push((await hangingPatch(api, path, { offset: 0, announcedBytes: 1000, body })).socket);
    // Its lock is held: it has begun.
    const { id } = await session(videoId);
    await waitFor('the piece to begin', async () => {
      const rows = await sql('select 1 from upload_locks where name = ?', [id]);
      return rows.length > 0;
    });
  }
  const { path, videoId } = await begun(api, ownerId, 100);
  const refused = await waitFor('room to be short', async () => {
    const response = await patch(api, path, await offsetOf(api, path), bytes(1));
    return response.status === 503 ? response : undefined;
  }).catch(() => undefined);
  for (const socket of hanging) socket.destroy();
  expect(refused && (await problemOf(refused)).code).toBe('too_busy');
  await waitFor('room to be there again', async () => {
    const offset = await offsetOf(api, path);
    return (await patch(api, path, offset, bytes(100 - offset))).status === 204;
  });
  expect(await standing(api, videoId)).toEqual(COMPLETED);
});
