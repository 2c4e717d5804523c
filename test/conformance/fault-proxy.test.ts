import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { waitFor } from '#test/support/conditions.ts';
import { type FaultProxy, startFaultProxy } from '#test/support/fault-proxy.ts';
import {
  answer,
  cut,
  echo,
  edited,
  hang,
  hold,
  lostAnswer,
  slow,
  stall,
  twice,
} from '#test/support/faults.ts';

interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  bytes: Buffer;
  whole: boolean;
  isGone: boolean;
}

const arrived: Arrived[] = [];
/** Answers the body that it got, and says in a header how many requests it has had. */
const server = http.createServer(async (request, response) => {
  const { method = '', url = '', rawHeaders } = request;
  const one: Arrived = { method, url, rawHeaders, bytes: Buffer.alloc(0), whole: false, isGone: false };
  request.once('close', () => {
    one.isGone = true;
  });
  arrived.push(one);
  const number = arrived.length;
  if (request.headers['x-refuse']) {
    response.writeHead(413).end('too large');
    return;
  }
  request.on('data', (chunk: Buffer) => {
    one.bytes = Buffer.concat([one.bytes, chunk]);
  });
  await buffer(request).catch(() => undefined);
  one.whole = request.complete;
  if (!one.whole) return;
  response.setHeader('x-number', number);
  response.setHeader('set-cookie', ['a=1', 'b=2']);
  response.end(one.bytes);
});

let proxy: FaultProxy;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startFaultProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'localhost');
});
afterEach(() => {
  proxy.reset();
  arrived.length = 0;
});
afterAll(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

const PUT = { method: 'PUT', url: /^\/part/ };
type Body = string | Uint8Array<ArrayBuffer> | ReadableStream;
const put = (body: Body, init: RequestInit = {}) =>
  fetch(`${proxy.url}/part?partNumber=1`, { method: 'PUT', body, ...init });

test('without a fault everything goes through: path, headers and the host that the client named, bytes, answer', async () => {
  const bytes = new Uint8Array(300_000).map((_, i) => i * 7);
  const response = await put(bytes, { headers: { 'X-Signed': 'a  b' } });
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(arrived).toMatchObject([{ method: 'PUT', url: '/part?partNumber=1', whole: true }]);
  const headers = new Headers(pairs(arrived[0]?.rawHeaders ?? []));
  expect(headers.get('host')).toBe(new URL(proxy.url).host);
  expect(headers.get('x-signed')).toBe('a  b');
  expect(proxy.passages).toMatchObject([
    { method: 'PUT', url: '/part?partNumber=1', fault: null, status: 200, receivedBytes: 300_000 },
  ]);
});

test('a body whose length is not announced goes through as well', async () => {
  const stream = new Blob(['abc']).stream();
  const response = await put(stream, { duplex: 'half' });
  expect(await response.text()).toBe('abc');
});

test('an answer that does not wait for the end of the body arrives', async () => {
  const response = await put(new Uint8Array(3_000_000), { headers: { 'X-Refuse': '1' } });
  expect(response.status).toBe(413);
  expect(await response.text()).toBe('too large');
});

test('a made-up answer meets the n-th request of its kind and no other, takes the body, and is readable by pages', async () => {
  proxy.plant(answer(503, 'later', { 'retry-after': '1' }), { ...PUT, from: 2, times: 2 });
  const answers = [];
  for (let i = 0; i < 4; i += 1) answers.push(await put('body'));
  expect(answers.map(({ status }) => status)).toEqual([200, 503, 503, 200]);
  expect(answers[1]?.headers.get('access-control-allow-origin')).toBe('*');
  expect(answers[1]?.headers.get('retry-after')).toBe('1');
  expect(await answers[1]?.text()).toBe('later');
  expect(arrived).toHaveLength(2);
  expect(proxy.passages.map(({ fault }) => fault)).toEqual([null, 'answer 503', 'answer 503', null]);
  expect(proxy.passages[1]?.receivedBytes).toBe(4);
});

test('a cut passes exactly so many bytes on, and neither side sees an end', async () => {
  proxy.plant(cut(100_000), PUT);
  await expect(put(new Uint8Array(5_000_000))).rejects.toThrow();
  await waitFor('the server to notice', async () => arrived[0]?.bytes.length === 100_000);
  expect(arrived).toMatchObject([{ whole: false }]);
  expect(proxy.passages).toMatchObject([{ fault: 'cut', status: null }]);
});

test('a request that hangs is taken whole and never answered, until the client gives up', async () => {
  proxy.plant(hang, PUT);
  const client = new AbortController();
  const answered = put('body', { signal: client.signal });
  await waitFor('the body', async () => proxy.passages[0]?.receivedBytes === 4);
  expect(arrived).toEqual([]);
  expect(proxy.passages[0]?.isOver).toBe(false);
  client.abort();
  await expect(answered).rejects.toThrow('aborted');
  await waitFor('its end', async () => proxy.passages[0]?.isOver);
});

test('a connection that stalls leaves the server waiting, also when its client has long gone', async () => {
  proxy.plant(stall(100_000), PUT);
  const client = new AbortController();
  const answered = put(new Uint8Array(5_000_000), { signal: client.signal });
  await waitFor('what passes', async () => arrived[0]?.bytes.length === 100_000);
  client.abort();
  await expect(answered).rejects.toThrow('aborted');
  await waitFor('its end', async () => proxy.passages[0]?.isOver);
  expect((await put('body')).status).toBe(200);
  expect(arrived[0]?.isGone).toBe(false);
  proxy.reset();
  await waitFor('the server to notice', async () => arrived[0]?.isGone);
});

test('a lost answer: the server has done it, the client has not heard', async () => {
  proxy.plant(lostAnswer, PUT);
  await expect(put('body')).rejects.toThrow();
  expect(arrived).toMatchObject([{ whole: true }]);
});

test('a request that comes twice is answered once, by the later answer', async () => {
  proxy.plant(twice, PUT);
  const response = await put('body');
  expect(await response.text()).toBe('body');
  expect(arrived.map(({ bytes }) => String(bytes))).toEqual(['body', 'body']);
});

test('an answer can be edited', async () => {
  proxy.plant(edited({ expires: 1 }), PUT);
  expect(await (await put('{"url":"u","expires":900}')).json()).toEqual({ url: 'u', expires: 1 });
});

test('an echo comes after the answer', async () => {
  proxy.plant(echo, PUT);
  expect((await put('body')).headers.get('x-number')).toBe('1');
  await waitFor('the second time', async () => arrived.length === 2 && arrived[1]?.whole);
  expect(arrived.map(({ bytes }) => String(bytes))).toEqual(['body', 'body']);
});

test('a slow request arrives whole, and one that is held waits for its release', async () => {
  proxy.plant(slow(1e6), PUT);
  expect(await (await put(new Uint8Array(50_000))).arrayBuffer()).toHaveProperty('byteLength', 50_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  proxy.plant(hold(promise), PUT);
  const held = put('body');
  await waitFor('the request', async () => proxy.passages.length === 2);
  expect(arrived).toHaveLength(1);
  resolve();
  expect((await held).status).toBe(200);
});

test('while it is offline nobody gets through and what was open breaks; then it is as before', async () => {
  proxy.plant(hang, PUT);
  const open = put('body');
  await waitFor('the body', async () => proxy.passages[0]?.receivedBytes === 4);
  proxy.goOffline();
  await expect(open).rejects.toThrow();
  await expect(put('body')).rejects.toThrow();
  proxy.goOnline();
  expect((await put('body')).status).toBe(200);
});

test('an answer closes its connection unless told otherwise', async () => {
  expect((await put('a')).headers.get('connection')).toBe('close');
  proxy.keepAlive(true);
  expect((await put('a')).headers.get('connection')).toBe('keep-alive');
});

function pairs(rawHeaders: readonly string[]): [string, string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, i) => [
    rawHeaders[2 * i] ?? '',
    rawHeaders[2 * i + 1] ?? '',
  ]);
}
