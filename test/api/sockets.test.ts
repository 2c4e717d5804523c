import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApi, serveApi } from '#api/serve.ts';
import type { Log } from '#domain/context.ts';
import { waitFor } from '#test/support/conditions.ts';
import { connectRaw } from '#test/support/raw-socket.ts';
import { draft, publish, uploaded } from './pipeline-steps.ts';
import { createTestApi, type TestApi } from './test-api.ts';
import { signed } from './webhooks/sign.ts';

// What only a real socket shows: bodies in chunks, clients that hang up, paths that no URL parser has tidied up.

const lines: { message: string; status?: number; code?: string; route?: string }[] = [];
const write = (fields: object, message: string) => void lines.push({ ...fields, message });
const log: Log = { debug: write, info: write, warn: write, error: write };

let api: TestApi;
let server: RunningApi;
let token: string;
beforeAll(async () => {
  api = await createTestApi({ log });
  server = await serveApi(api.app, { port: 0, host: '127.0.0.1' });
  token = await api.platform.token(api.ownerId);
});
afterAll(async () => {
  await server.close(1000);
  await api.close();
});

/** Sends bytes as they are and reads until the other side has answered whole or closed. */
async function exchange(head: string[], body = '', { hangUp = false } = {}): Promise<string> {
  const { socket, answer } = await connectRaw(server.port);
  socket.write(
    `${head.join('\r\n')}\r\nHost: localhost\r\n${hangUp ? '' : 'Connection: close\r\n'}\r\n${body}`,
  );
  if (hangUp) setImmediate(() => socket.destroy());
  await once(socket, 'close');
  return answer();
}
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const post = (path: string) => [
  `POST ${path} HTTP/1.1`,
  `Authorization: Bearer ${token}`,
  'Content-Type: application/json',
];
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

test('a body in chunks is taken, a signed one too, and one without end is 413', async () => {
  const json = JSON.stringify({ title: 'x', sourceMime: 'video/mp4', sourceSizeBytes: 1 });
  const chunked = [...post('/api/videos'), 'Transfer-Encoding: chunked'];
  const small = `${chunk(json.slice(0, 9))}${chunk(json.slice(9))}0\r\n\r\n`;
  expect(statusOf(await exchange(chunked, small))).toBe(201);
  expect(statusOf(await exchange(chunked, chunk('x'.repeat(100_000))))).toBe(413);
  const event = JSON.stringify({ videoId: await draft(api), status: 'FAILED' });
  const headers = Object.entries(signed(event)).map(([name, value]) => `${name}: ${value}`);
  const webhook = ['POST /api/webhooks/transcoding HTTP/1.1', ...headers, 'Transfer-Encoding: chunked'];
  expect(statusOf(await exchange(webhook, `${chunk(event)}0\r\n\r\n`))).toBe(204);
});

test('a length that is declared too large is refused before it is sent', async () => {
  expect(statusOf(await exchange([...post('/api/videos'), 'Content-Length: 999999999'], 'x'))).toBe(413);
});

test('a client that hangs up in mid-body is neither our fault nor the database being down', async () => {
  lines.length = 0;
  await exchange([...post('/api/videos'), 'Content-Length: 100'], '{"title":', { hangUp: true });
  const line = await waitFor('the request to be logged', async () =>
    lines.find(({ route }) => route === '/api/videos'),
  );
  expect(line.status).toBe(400);
  expect(lines.map(({ message }) => message)).not.toContain('unexpected error');
});

test.each([
  '/media/../../etc/passwd',
  '/media/%2e%2e/%2e%2e/etc/passwd',
  '/media/..%2f..%2fetc%2fpasswd',
  '/media/..\\..\\etc\\passwd',
  '/media//etc/passwd',
  '/watch-assets/x/..%2f..%2fapp.ts',
  '/docs-assets/x/../../package.json',
  '//evil.example/api/videos',
  '/api/videos/%00',
  '/%',
  '/api/videos/\u00e9',
  '*',
])('the raw path %s leads nowhere', async (path) => {
  const status = statusOf(await exchange([`GET ${path} HTTP/1.1`]));
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
});

test('HEAD of a segment has the length of the segment and no body', async () => {
  const { videoId } = await uploaded(api);
  const prefix = await publish(api, videoId, {
    'master.m3u8': '#EXTM3U\n',
    '720p/seg_00000.m4s': '0123456789',
  });
  const answer = await exchange([`HEAD /media/${prefix}720p/seg_00000.m4s HTTP/1.1`]);
  expect(statusOf(answer)).toBe(200);
  expect(answer).toMatch(/content-length: 10\r\n/i);
  expect(answer.endsWith('\r\n\r\n')).toBe(true);
});

test('no log line holds a token, a path or a query', async () => {
  await exchange([`GET /api/videos?cursor=secret-cursor HTTP/1.1`, `Authorization: Bearer ${token}`]);
  await exchange([`GET /api/uploads/secret-path HTTP/1.1`, `Authorization: Bearer ${token}`]);
  const text = JSON.stringify(lines);
  expect(text).toContain('/api/uploads/{uploadSessionId}');
  for (const secret of [token, 'secret-cursor', 'secret-path']) expect(text).not.toContain(secret);
});
