import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CallBroken } from '#providers/transcoders/coconut/coconut-call.ts';
import { DEFAULT_ISOLATION, isolatedCalls } from '#providers/transcoders/coconut/isolated-call.ts';
import { inputTtlSeconds } from '#providers/transcoders/coconut/job-request.ts';
import { scrubber } from '#providers/transcoders/coconut/scrub.ts';
import { orderOf } from '#test/providers/ffmpeg/builders.ts';

/** A server below HTTP, which may break its rules. `jobId` is the one asked for. */
async function rawServer(answer: (socket: Socket, jobId: string) => void) {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request) => {
      const jobId = /\/jobs\/(\S+)/.exec(request.toString())?.[1] ?? '';
      asked.push(jobId);
      answer(socket, jobId);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`,
    [Symbol.dispose]: () => void server.close(),
  };
}

test('an answer that breaks HTTP behind its end neither fails the next call nor answers it', async () => {
  using server = await rawServer((socket, jobId) => {
    const body = JSON.stringify({ id: jobId, status: 'job.processing' });
    const whole = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    if (jobId.startsWith('spoilt')) socket.write(`${whole}and more\r\n`, () => socket.resetAndDestroy());
    else socket.end(whole);
  });
  // One thread after the other, so that each call meets what the one before it left behind.
  const limits = { ...DEFAULT_ISOLATION, concurrency: 1 };
  const call = isolatedCalls({ apiKey: 'key', endpoint: server.endpoint }, limits);
  const ids = Array.from({ length: 12 }, (_, i) => `${i % 2 === 0 ? 'spoilt' : 'whole'}${i}`);
  const answers = await Promise.allSettled(
    ids.map((providerJobId) => call({ operation: 'retrieve', providerJobId })),
  );
  for (const [i, id] of ids.entries())
    if (id.startsWith('whole'))
      expect(answers[i]).toMatchObject({ status: 'fulfilled', value: { status: 200, body: { id } } });
  expect(server.asked).toEqual(ids);
});

test('a call that waits for others which hang ends within its own time, and was never sent', async () => {
  const held: Socket[] = [];
  using server = await rawServer((socket) => void held.push(socket));
  const limits = { ...DEFAULT_ISOLATION, concurrency: 1, timeoutMs: 1500 };
  const call = isolatedCalls({ apiKey: 'key', endpoint: server.endpoint }, limits);
  const calls = Array.from({ length: 8 }, (_, i) =>
    call({ operation: 'retrieve', providerJobId: `job${i}` }),
  );
  const ended = await Promise.allSettled(calls);
  expect(ended.map((each) => each.status === 'rejected' && each.reason instanceof CallBroken)).not.toContain(
    false,
  );
  // The first, and at most the one whose turn came with its time.
  expect(server.asked.length).toBeLessThanOrEqual(2);
  expect(ended.at(-1)).toMatchObject({ reason: { connected: false } });
});

test('a process that has called ends with its own work, not with the time of its idle threads', async () => {
  using server = await rawServer(
    (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'),
  );
  const program = `
    import { isolatedCalls } from ${JSON.stringify(import.meta.resolve('#providers/transcoders/coconut/isolated-call.ts'))};
    const limits = { timeoutMs: 60_000, concurrency: 1, idleMs: 600_000 };
    const call = isolatedCalls({ apiKey: 'key', endpoint: ${JSON.stringify(server.endpoint)} }, limits);
    console.log((await call({ operation: 'retrieve', providerJobId: 'job' })).status);`;
  // Killed after the time-out, which rejects.
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    timeout: 30_000,
  });
  expect(stdout).toBe('200\n');
});

test('a source of days is signed for as long as any storage signs', () => {
  const order = orderOf({ outputPrefix: 'videos/v/hls/1/' });
  const days = { ...order, probe: { ...order.probe, durationSeconds: 60 * 3600 } };
  expect(inputTtlSeconds(days)).toBe(7 * 86_400);
});

test.each([
  'GET /bucket/uploads/v/s/source.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=5ec7e7 answered 403',
  'storage.example.com/source.mp4?X-Amz-Signature=5ec7e7: forbidden',
  'cannot fetch https%3A%2F%2Fstorage.example.com%2Fsource.mp4%3FX-Amz-Signature%3D5ec7e7',
  'webhook /webhooks/coconut?submission=a&secret=5ec7e7 answered 500',
  'X-Amz-Credential=AKIA&X-Amz-Signature=5ec7e7 is not valid',
])('a signed address is recognized without its scheme: %s', (message) => {
  expect(scrubber([])(message)).not.toContain('5ec7e7');
});
