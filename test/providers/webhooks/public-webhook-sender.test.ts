import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { publicWebhookSender } from '#providers/webhooks/public-webhook-sender.ts';
import type { WebhookCall } from '#providers/webhooks/webhook-sender.ts';
import { freePort } from '#test/support/ports.ts';
import { startReceiver } from './receiver.ts';

const TLS = path.resolve(import.meta.dirname, '../../fixtures/tls');
const pem = (name: string) => readFileSync(path.join(TLS, name), 'utf8');
const serverPair = { key: pem('server-key.pem'), cert: pem('server.pem') };

const LAPTOP = { allowedNetworks: ['127.0.0.0/8'] };

function call(url: string, more: Partial<WebhookCall> = {}): WebhookCall {
  return {
    url,
    headers: { 'Content-Type': 'application/json', 'webhook-id': 'm1' },
    body: '{"type":"video.asset.ready","data":{"title":"Tür 🚪"}}',
    timeoutSeconds: 20,
    reach: 'public',
    ...more,
  };
}

/** A server that speaks as the test says, below HTTP. */
async function rawServer(talk: (socket: Socket) => void): Promise<AsyncDisposable & { url: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    talk(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a call arrives as it was ordered: one POST, these headers, these bytes, on a connection that ends', async () => {
  await using receiver = await startReceiver();
  const { body } = call('');
  const outcome = await publicWebhookSender(LAPTOP).send(call(`${receiver.url}?a=b#part`));
  expect(outcome).toEqual({ status: 200, retryAfterSeconds: null, excerpt: 'ok' });
  expect(receiver.received).toHaveLength(1);
  const [got] = receiver.received;
  expect(got).toMatchObject({ method: 'POST', path: '/hook?a=b', body });
  expect(got?.headers).toMatchObject({
    host: `127.0.0.1:${receiver.port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'webhook-id': 'm1',
    connection: 'close',
  });
});

test('a redirect is an answer, and nobody goes where it leads', async () => {
  await using inside = await startReceiver();
  await using receiver = await startReceiver((_request, _incoming, response) =>
    response.writeHead(307, { location: inside.url }).end(),
  );
  expect(await publicWebhookSender(LAPTOP).send(call(receiver.url))).toMatchObject({ status: 307 });
  expect(inside.received).toEqual([]);
});

test('what a receiver says is cut, and holds nothing that a database or a terminal chokes on', async () => {
  await using receiver = await startReceiver((_request, _incoming, response) => {
    response.writeHead(500);
    response.write(Buffer.from('no\u0000 \u001b[31mred\tand\nlines é'));
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', pour);
    };
    pour();
  });
  const outcome = await publicWebhookSender(LAPTOP).send(call(receiver.url));
  if (!('status' in outcome)) throw new Error(outcome.failure);
  expect(outcome.excerpt.startsWith('no [31mred\tand\nlines éxxx')).toBe(true);
  expect(outcome.excerpt.length).toBeLessThanOrEqual(4096);
});

test('a status counts although the rest of the answer never comes', async () => {
  await using server = await rawServer((socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nthanks')),
  );
  expect(await publicWebhookSender(LAPTOP).send(call(server.url))).toMatchObject({
    status: 202,
    excerpt: 'thanks',
  });
});

test('a status counts although the connection breaks after it', async () => {
  await using server = await rawServer((socket) =>
    socket.once('data', () => {
      socket.end('HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\nth');
    }),
  );
  expect(await publicWebhookSender(LAPTOP).send(call(server.url))).toMatchObject({ status: 204 });
});

test('Retry-After is read in both of its forms', async () => {
  const forms = ['120', new Date(Date.now() + 90_000).toUTCString(), 'soon'];
  await using receiver = await startReceiver((request, _incoming, response) =>
    response.writeHead(503, { 'retry-after': forms[Number(request.path.slice(1))] }).end(),
  );
  const origin = new URL(receiver.url).origin;
  const [seconds, date, nonsense] = await Promise.all(
    forms.map((_form, index) => publicWebhookSender(LAPTOP).send(call(`${origin}/${index}`))),
  );
  expect(seconds).toMatchObject({ retryAfterSeconds: 120 });
  expect(date).toMatchObject({ retryAfterSeconds: expect.toSatisfy((value) => value > 60 && value <= 90) });
  expect(nonsense).toMatchObject({ retryAfterSeconds: null });
});

test.each([
  ['says nothing', () => {}],
  ['stops in the middle of its headers', (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\nA: b')],
  [
    'is busy for ever',
    (socket: Socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 50);
      socket.on('close', () => clearInterval(timer));
    },
  ],
])('a receiver that %s is left when the time is over', async (_what, talk) => {
  await using server = await rawServer(talk);
  expect(await publicWebhookSender(LAPTOP).send(call(server.url, { timeoutSeconds: 0.3 }))).toMatchObject({
    failure: 'timeout',
  });
});

test.each([
  ['hangs up', (socket: Socket) => socket.once('data', () => socket.destroy())],
  ['speaks another protocol', (socket: Socket) => socket.write('220 mail.example.com ESMTP\r\n')],
  [
    'wants another protocol',
    (socket: Socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
  ],
  [
    'sends headers without end',
    (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(100_000)}\r\n\r\n`),
  ],
])('a receiver that %s is a broken connection', async (_what, talk) => {
  await using server = await rawServer(talk);
  expect(await publicWebhookSender(LAPTOP).send(call(server.url))).toMatchObject({ failure: 'connection' });
});

test('nobody at that port is said so', async () => {
  const url = `http://127.0.0.1:${await freePort()}/`;
  expect(await publicWebhookSender(LAPTOP).send(call(url))).toMatchObject({ failure: 'refused' });
});

test('a header that would begin another one is not sent', async () => {
  await using receiver = await startReceiver();
  const headers = { 'webhook-id': 'a\r\nX-Admin: yes' };
  const outcome = await publicWebhookSender(LAPTOP).send(call(receiver.url, { headers }));
  expect(outcome).toMatchObject({ failure: 'connection' });
  expect(receiver.received).toEqual([]);
});

test('a line break in a URL becomes no line of the request', async () => {
  await using receiver = await startReceiver();
  await publicWebhookSender(LAPTOP).send(call(`${receiver.url}?a\r\nX-Admin:%0d%0ayes`));
  expect(receiver.received[0]?.headers).not.toHaveProperty('x-admin');
});

test('a server that cannot prove its name is not spoken to', async () => {
  await using receiver = await startReceiver(undefined, serverPair);
  expect(await publicWebhookSender(LAPTOP).send(call(receiver.url))).toMatchObject({ failure: 'tls' });
  const trusting = { ...LAPTOP, caCertificates: [pem('ca.pem')] };
  expect(await publicWebhookSender(trusting).send(call(receiver.url))).toMatchObject({ status: 200 });
  const misnamed = { ...trusting, resolve: async () => [{ address: '127.0.0.1', family: 4 }] };
  const other = `https://hooks.example.com:${receiver.port}/`;
  expect(await publicWebhookSender(misnamed).send(call(other))).toMatchObject({ failure: 'tls' });
  expect(receiver.received).toHaveLength(1);
});

test('a name that leads inside is not followed, and the answer does not tell where it led', async () => {
  await using receiver = await startReceiver(undefined, serverPair);
  for (const address of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', '::ffff:127.0.0.1']) {
    const family = address.includes(':') ? 6 : 4;
    const sender = publicWebhookSender({ allowedNetworks: [], resolve: async () => [{ address, family }] });
    const outcome = await sender.send(call(`https://hooks.example.com:${receiver.port}/`));
    expect(outcome, address).toMatchObject({ failure: 'forbidden_address' });
    expect(JSON.stringify(outcome)).not.toContain(address);
  }
});

test('a name that turns inside after it was checked is not followed there: it is looked up once', async () => {
  await using receiver = await startReceiver();
  const answers = ['127.0.0.2', '127.0.0.1'];
  let asked = 0;
  const sender = publicWebhookSender({
    allowedNetworks: ['127.0.0.2/32'],
    resolve: async () => [{ address: answers[Math.min(asked++, 1)] ?? '', family: 4 }],
  });
  // The receiver listens at 127.0.0.1 only: it would be met by anybody who looks the name up again.
  const outcome = await sender.send(call(`http://hooks.example.com:${receiver.port}/`));
  expect(outcome).toMatchObject({ failure: 'refused' });
  expect(asked).toBe(1);
  expect(receiver.received).toEqual([]);
});

test('of several addresses only the permitted ones are connected to', async () => {
  await using receiver = await startReceiver();
  const resolve = async () => [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
    { address: '::1', family: 6 },
  ];
  const url = `http://hooks.example.com:${receiver.port}/`;
  const onlyTwo = publicWebhookSender({ allowedNetworks: ['127.0.0.2/32'], resolve });
  expect(await onlyTwo.send(call(url))).toMatchObject({ failure: 'refused' });
  expect(receiver.received).toEqual([]);
  const one = publicWebhookSender({ allowedNetworks: ['127.0.0.1/32'], resolve });
  expect(await one.send(call(url))).toMatchObject({ status: 200 });
});

test('plain HTTP reaches an allowed network and no public address, whatever the name', async () => {
  const sender = publicWebhookSender({
    ...LAPTOP,
    resolve: async () => [{ address: '8.8.8.8', family: 4 }],
  });
  expect(await sender.send(call('http://hooks.example.com/'))).toMatchObject({
    failure: 'forbidden_address',
  });
});

test('an address inside is refused at the moment of the call too, not only when it was registered', async () => {
  await using receiver = await startReceiver();
  const sender = publicWebhookSender({ allowedNetworks: [] });
  expect(await sender.send(call(receiver.url))).toMatchObject({ failure: 'forbidden_address' });
  expect(await sender.send(call('no url'))).toMatchObject({ failure: 'forbidden_address' });
  expect(receiver.received).toEqual([]);
});

test('what the operator chose is reached wherever it is', async () => {
  await using receiver = await startReceiver();
  const sender = publicWebhookSender({ allowedNetworks: [] });
  expect(await sender.send(call(receiver.url, { reach: 'anywhere' }))).toMatchObject({ status: 200 });
  const byName = receiver.url.replace('127.0.0.1', 'localhost');
  expect(await sender.send(call(byName, { reach: 'anywhere' }))).toMatchObject({ status: 200 });
});

test('a name server that fails or never answers is a failure of its own', async () => {
  const failing = publicWebhookSender({ allowedNetworks: [], resolve: () => Promise.reject(new Error('x')) });
  expect(await failing.send(call('https://hooks.example.com/'))).toMatchObject({ failure: 'dns' });
  const silent = publicWebhookSender({ allowedNetworks: [], resolve: () => new Promise(() => {}) });
  const outcome = await silent.send(call('https://hooks.example.com/', { timeoutSeconds: 0.2 }));
  expect(outcome).toMatchObject({ failure: 'timeout' });
});

test('a proxy in the environment is not used', async () => {
  await using receiver = await startReceiver();
  await using proxy = await startReceiver();
  const before = { ...process.env };
  Object.assign(process.env, { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NODE_USE_ENV_PROXY: '1' });
  try {
    expect(await publicWebhookSender(LAPTOP).send(call(receiver.url))).toMatchObject({ status: 200 });
  } finally {
    process.env = before;
  }
  expect(proxy.received).toEqual([]);
});
