import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { serveApi } from '#api/serve.ts';
import { waitFor } from '#test/support/conditions.ts';

const HOST = '127.0.0.1';
const hello = new Hono().get('/', (c) => c.text('hello'));

test('a port that is taken is one clear sentence', async () => {
  const first = await serveApi(hello, { port: 0, host: HOST });
  await expect(serveApi(hello, { port: first.port, host: HOST })).rejects.toThrow(
    `Port ${first.port} of ${HOST} is taken by another program`,
  );
  await first.close(1000);
});

test('closing lets a request in flight end, refuses new ones, and does not wait for idle connections', async () => {
  let begun = false;
  const release = Promise.withResolvers<void>();
  const app = new Hono()
    .get('/', (c) => c.text('hello'))
    .get('/slow', async (c) => {
      begun = true;
      await release.promise;
      return c.text('done');
    });
  const server = await serveApi(app, { port: 0, host: HOST });
  const agent = new http.Agent({ keepAlive: true });
  const idle = http.get({ host: HOST, port: server.port, agent });
  const [answer] = await once(idle, 'response');
  answer.resume();
  await once(answer, 'end');
  const slow = fetch(`http://${HOST}:${server.port}/slow`);
  await waitFor('the slow request to begin', async () => begun);
  const closed = server.close(10_000);
  await waitFor('new connections to be refused', async () => {
    const socket = connect(server.port, HOST);
    const outcome = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).catch(
      () => 'refused',
    );
    socket.destroy();
    return outcome === 'refused';
  });
  release.resolve();
  expect(await (await slow).text()).toBe('done');
  expect(await closed).toBe(true);
  agent.destroy();
});

test('what outlasts the grace is cut off, and it is said', async () => {
  let begun = false;
  const app = new Hono().get('/stuck', async (c) => {
    begun = true;
    await sleep(60_000, undefined, { ref: false });
    return c.text('never');
  });
  const server = await serveApi(app, { port: 0, host: HOST });
  const stuck = fetch(`http://${HOST}:${server.port}/stuck`).catch((error: Error) => error);
  await waitFor('the request to begin', async () => begun);
  expect(await server.close(50)).toBe(false);
  expect(await stuck).toBeInstanceOf(Error);
});
