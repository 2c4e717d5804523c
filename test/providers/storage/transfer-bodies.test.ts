import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { uploadBody } from '#providers/storage/transfer-bodies.ts';

test('a storage that takes no more of a stream is given up, and the source is let go', async () => {
  const source = new Readable({ read: () => source.push(Buffer.alloc(64 * 1024)) });
  const { promise, resolve } = Promise.withResolvers<Error>();
  const { body, stop } = uploadBody(source, 2 ** 30, 50, resolve);
  body.pipe(new Writable({ write: () => undefined }));
  expect((await promise).message).toBe('storage took no data for 0.05 s');
  stop();
  expect([source.destroyed, body.destroyed]).toEqual([true, true]);
});

test('a storage that has all bytes but does not answer is given up', async () => {
  const { promise, resolve } = Promise.withResolvers<Error>();
  const { body } = uploadBody(Readable.from(['bytes']), 5, 50, resolve);
  body.resume();
  expect((await promise).message).toBe('storage took no data for 0.05 s');
});

test('no byte beyond the announced length leaves, since a server would read it as the next request', async () => {
  const { promise, resolve } = Promise.withResolvers<Error>();
  const { body } = uploadBody(Readable.from(['12345', '6']), 5, 1_000, resolve);
  let left = '';
  body.on('data', (chunk: Buffer) => {
    left += chunk;
  });
  expect((await promise).message).toBe('the stream gave more than the 5 bytes announced');
  expect(left).toBe('12345');
});
