import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiveTus } from '#domain/upload/tus-receive.ts';
import { diskSpool } from '#providers/storage/tus-disk-spool.ts';
import type { TusSpool } from '#providers/storage/tus-spool.ts';
import { type Gates, gated } from '#test/domain/gated-store.ts';
import { begun, bytes, offsetOf, patch, serveTus, sourceOf, type TusApi } from './tus-api.ts';

const gates: Gates = {};
let api: TusApi;
let folder: string;
let spool: TusSpool;
beforeAll(async () => {
  api = await serveTus({
    replace: ({ storage }) => ({ storage: { ...storage, sources: gated(storage.sources, gates) } }),
  });
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-writers-'));
  spool = diskSpool({ folder, maxBytes: 64 * 1024 ** 2, concurrentSends: 4 });
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

test('a writer whose lock was lost without its noticing moves nothing once another has got on', async () => {
  const file = bytes(5000);
  const { path: address, videoId } = await begun(api, randomUUID(), file.length);
  const context = api.platform.context({ kind: 'system' });
  const [row] = await context.em.execute<{ id: string }[]>(
    'select id from upload_sessions where video_id = ?',
    [videoId],
  );
  const receive = (length: number) =>
    receiveTus(context, {
      sessionId: row?.id ?? '',
      offsetBytes: 0,
      body: (async function* () {
        yield file.subarray(0, length);
      })(),
      spool,
    });
  const [stored, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  gates.putAfter = () => {
    stored.resolve();
    return goOn.promise;
  };
  const late = receive(1000);
  await stored.promise;
  delete gates.putAfter;
  expect(await receive(500)).toBe(500);
  goOn.resolve();
  await expect(late).rejects.toMatchObject({ code: 'offset_conflict' });
  expect(await offsetOf(api, address)).toBe(500);
  expect((await patch(api, address, 500, file.subarray(500))).status).toBe(204);
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
});
