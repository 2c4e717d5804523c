import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createdObjects } from '#api/webhooks/storage-events.ts';
import { STORAGE_SECRET_HEADER } from '#api/webhooks/storage-secret.ts';
import { announceObjects } from '#bootstrap/embedded/announce-objects.ts';
import type { ObjectEvent, ObjectListener } from '#bootstrap/embedded/s3/server.ts';
import { waitFor } from '#test/support/conditions.ts';

/** Takes a listener as the embedded server does, and tells it what the test says. */
function objectSource() {
  const listeners = new Set<ObjectListener>();
  return {
    onObject(listener: ObjectListener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    store(key: string, change: Partial<ObjectEvent> = {}) {
      const event: ObjectEvent = {
        name: 'ObjectCreated:Put',
        bucket: 'sources',
        key,
        sizeBytes: 5,
        etag: 'x',
        time: new Date(),
        ...change,
      };
      for (const listener of listeners) listener(event);
    },
    listeners,
  };
}

/** An API that answers what the test says, and remembers which keys it was told. */
async function listener(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const told: string[][] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: unknown = JSON.parse(String(Buffer.concat(chunks)));
    told.push(
      createdObjects(body).map(({ bucket, key, isCopy }) => `${bucket}/${key}${isCopy ? ' (copy)' : ''}`),
    );
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { told, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/storage` };
}

function announce(url: string, retryWaitsMs: readonly number[] = [1, 1, 1]) {
  const source = objectSource();
  const errors: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (_: object, message: string) => void errors.push(message),
  };
  const announcer = announceObjects(source, {
    url,
    secret: 'the secret',
    bucket: 'sources',
    log,
    retryWaitsMs,
  });
  onTestFinished(() => announcer.stop());
  return { ...source, announcer, errors };
}

test('the API is told of each new object of the source bucket, in a form that it reads, by its secret', async () => {
  const secrets = new Set<unknown>();
  const { url, told } = await listener((request, response) => {
    secrets.add(request.headers[STORAGE_SECRET_HEADER]);
    response.writeHead(204).end();
  });
  const { store } = announce(url);
  store('staging/a b+c/é.mp4');
  store('elsewhere', { bucket: 'media' });
  store('gone', { name: 'ObjectRemoved:Delete' });
  store('copied', { name: 'ObjectCreated:Copy' });
  store('joined', { name: 'ObjectCreated:CompleteMultipartUpload' });
  await waitFor('three objects', async () => told.flat().length === 3);
  expect(told.flat()).toEqual(['sources/staging/a b+c/é.mp4', 'sources/copied (copy)', 'sources/joined']);
  expect([...secrets]).toEqual(['the secret']);
});

test('an API that is not up yet is told again', async () => {
  let calls = 0;
  const { url, told } = await listener((_, response) => {
    calls += 1;
    if (calls === 1) response.destroy();
    else response.writeHead(calls === 2 ? 503 : 204).end();
  });
  const { store, errors } = announce(url);
  store('a');
  await waitFor('the third try', async () => calls === 3);
  expect(told.map((keys) => keys.join())).toEqual(['sources/a', 'sources/a', 'sources/a']);
  expect(errors).toEqual([]);
});

test('one that cannot take it is reported once, until it could again', async () => {
  let works = false;
  const { url, told } = await listener((_, response) => void response.writeHead(works ? 204 : 503).end());
  const { store, errors } = announce(url, [1]);
  store('a');
  await waitFor('two tries', async () => told.length === 2);
  store('b');
  await waitFor('four tries', async () => told.length === 4);
  works = true;
  store('c');
  await waitFor('a success', async () => told.length === 5);
  expect(errors).toHaveLength(1);
  works = false;
  store('d');
  await waitFor('the next report', async () => errors.length === 2);
});

test('a refusal is not repeated', async () => {
  const { url, told } = await listener((_, response) => void response.writeHead(401).end());
  const { store, errors } = announce(url);
  store('a');
  await waitFor('the refusal', async () => errors.length === 1);
  expect(told).toHaveLength(1);
});

test('thousands at once go in few requests, and none is lost', async () => {
  const { url, told } = await listener((_, response) => void response.writeHead(204).end());
  const { store } = announce(url);
  for (let n = 0; n < 1050; n += 1) store(`k${n}`);
  await waitFor('all of them', async () => new Set(told.flat()).size === 1050);
  expect(told.length).toBeLessThan(15);
});

test('stopping ends a wait at once, and the subscription', async () => {
  const { url, told } = await listener((_, response) => void response.writeHead(503).end());
  const { store, announcer, listeners } = announce(url, [3_600_000]);
  store('a');
  await waitFor('the first try', async () => told.length === 1);
  await announcer.stop();
  expect(listeners.size).toBe(0);
  expect(told).toHaveLength(1);
});
