import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type ServedApi, serveTestApi, stream } from './served-api.ts';

const MIB = 1024 ** 2;
const PART_BYTES = 8 * MIB;
/** Two parts on our side; sockets and streams on both sides hold some more. */
const HELD_MAX_BYTES = 32 * MIB;
const FILE_BYTES = 96 * MIB;

let served: ServedApi;
const storing = Promise.withResolvers<void>();
beforeAll(async () => {
  served = await serveTestApi({
    replace: ({ storage }) => ({ storage: { ...storage, sources: stuck(storage.sources) } }),
  });
});
afterAll(() => served?.close());

/** A storage that takes a part and never says so until the client has gone. */
function stuck(store: ObjectStore): ObjectStore {
  return {
    ...store,
    async putPart(...part) {
      await storing.promise;
      return store.putPart(...part);
    },
  };
}

const BOUNDARY = 'x'.repeat(20);
const OPENED = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n`;

test('a body, by itself or in a form, is read no faster than storage takes it', async () => {
  const owner = randomUUID();
  const uploads = [
    { type: 'video/mp4', opened: '', sentBytes: 0 },
    { type: `multipart/form-data; boundary=${BOUNDARY}`, opened: OPENED, sentBytes: 0 },
  ];
  const requests = await Promise.all(
    uploads.map(async (upload) => {
      const headers = { Authorization: await served.authorization(owner), 'Content-Type': upload.type };
      const sending = request(`${served.url}/api/videos`, { method: 'POST', headers });
      sending.on('error', () => undefined);
      async function* body(): AsyncGenerator<Uint8Array> {
        yield Buffer.from(upload.opened);
        for await (const chunk of stream(FILE_BYTES, 256 * 1024)) {
          upload.sentBytes += chunk.byteLength;
          yield chunk;
        }
      }
      Readable.from(body()).pipe(sending);
      return sending;
    }),
  );
  // One part waits for storage, the next one is read; then nothing more is taken from either client.
  await waitFor('two parts to be read', async () =>
    uploads.every(({ sentBytes }) => sentBytes >= 2 * PART_BYTES),
  );
  let before = -1;
  await waitFor(
    'the clients to be held',
    async () => {
      const now = uploads.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
      const isHeld = now === before;
      before = now;
      return isHeld;
    },
    { everyMs: 500 },
  );
  for (const { sentBytes } of uploads) expect(sentBytes).toBeLessThan(HELD_MAX_BYTES);
  for (const sending of requests) sending.destroy();
  storing.resolve();
  for (const { id } of await served.videosOf(owner)) await served.failed(id);
});
