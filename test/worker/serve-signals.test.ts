import { expect, test } from 'vitest';
import { serveSignals } from '#worker/serve-signals.ts';
import { startWatch } from '#worker/watch.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

test('a lone worker shows its metrics and its life, and nothing else', async () => {
  const server = await serveSignals(
    { metricsText: async () => 'sluice_jobs 1\n', log },
    { port: 0, host: '127.0.0.1', isAlive: () => true },
  );
  const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  expect(await (await get('/metrics')).text()).toBe('sluice_jobs 1\n');
  expect((await get('/health/live')).status).toBe(200);
  expect((await get('/api/videos')).status).toBe(404);
  expect((await get('/metrics', 'POST')).status).toBe(405);
  await server.close();
});

test('metrics that cannot be read are a 503 without the reason', async () => {
  const metricsText = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:5432'));
  const server = await serveSignals(
    { metricsText, log },
    { port: 0, host: '127.0.0.1', isAlive: () => true },
  );
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain('10.0.0.7');
  await server.close();
});

test('a worker whose look for dead leases never ends is not alive; one whose looks fail is', async () => {
  const limits = { everyMs: 5, stuckAfterMs: 200 };
  let failed = 0;
  const failing = startWatch(
    log,
    async () => {
      failed += 1;
      throw new Error('the database is away');
    },
    limits,
  );
  const stuck = startWatch(log, () => new Promise(() => undefined), limits);
  const server = await serveSignals(
    { metricsText: async () => '', log },
    { port: 0, host: '127.0.0.1', isAlive: () => stuck.isAlive() },
  );
  const live = () => fetch(`http://127.0.0.1:${server.port}/health/live`);
  await expect.poll(async () => (await live()).status).toBe(503);
  expect(await (await live()).json()).toEqual({ status: 'stuck' });
  expect(failed).toBeGreaterThan(1);
  await expect.poll(() => failing.isAlive()).toBe(true);
  await failing.stop();
  await server.close();
});
