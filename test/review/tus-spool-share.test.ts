import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hangingPatch } from '#test/api/tus/raw-patch.ts';
import { begun, bytes, MIB, patch, serveTus, type TusApi } from '#test/api/tus/tus-api.ts';
import { waitFor } from '#test/support/conditions.ts';

/** Room for four parts of 8 MiB. */
let api: TusApi;
beforeAll(async () => {
  api = await serveTus({ env: { TMP_MAX_BYTES: String(128 * MIB) } });
});
afterAll(() => api.close());

test('one owner whose pieces never end does not keep out the others', async () => {
  const hog = randomUUID();
  const held = await Promise.all(
    [1, 2, 3, 4, 5].map(async () => {
      const { path } = await begun(api, hog, 20 * MIB);
      return hangingPatch(api, path, { offset: 0, announcedBytes: 20 * MIB, body: bytes(1000) });
    }),
  );
  const refused = () => held.filter(({ answer }) => answer().includes('"too_busy"')).length;
  await waitFor('the share to be full', async () => refused() === 2);
  const { path } = await begun(api, randomUUID(), 1000);
  expect((await patch(api, path, 0, bytes(1000))).status).toBe(204);
  for (const { socket } of held) socket.destroy();
});
