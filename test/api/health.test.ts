import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import type { HealthReport, Platform } from '#bootstrap/platform.ts';
import { createTestApi, type TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const down = (problem: string) => async (): Promise<HealthReport> => ({ ok: false, problem });
async function ready(parts: Partial<Platform['health']>) {
  const app = createApi({ ...api.platform, health: { ...api.platform.health, ...parts } });
  const response = await app.request('/health/ready');
  return { status: response.status, body: await response.json() };
}

test('a process is alive whatever is behind it', async () => {
  const app = createApi({
    ...api.platform,
    health: { database: down('x'), storage: down('x'), queue: down('x') },
  });
  expect((await app.request('/health/live')).status).toBe(200);
});

test('with everything well it is ready', async () => {
  expect(await ready({})).toEqual({
    status: 200,
    body: { status: 'ok', database: 'ok', storage: 'ok', queue: 'ok' },
  });
});

test('only the database makes it unready', async () => {
  expect(await ready({ storage: down('no answer'), queue: down('old') })).toMatchObject({
    status: 200,
    body: { status: 'degraded', database: 'ok', storage: 'no answer', queue: 'old' },
  });
  expect(await ready({ database: down('refused') })).toMatchObject({
    status: 503,
    body: { status: 'unavailable', database: 'refused', storage: 'ok' },
  });
});

test('a check that throws tells nothing of why', async () => {
  const storage = () => Promise.reject(new Error('secret-key'));
  const { status, body } = await ready({ storage });
  expect(status).toBe(200);
  expect(JSON.stringify(body)).not.toContain('secret');
});

test('requests are counted by route template, never by path', async () => {
  await api.call('GET', '/api/videos/0198f6a2-1f0c-7d3b-8a55-4be1b2a3c4d5');
  await api.call('GET', '/no/such/path');
  const text = await (await api.call('GET', '/metrics', { as: null })).text();
  expect(text).toMatch(
    /sluice_http_request_seconds_count\{method="GET",route="\/api\/videos\/\{videoId\}",status="404"\} 1/,
  );
  expect(text).toContain('route="unmatched"');
  expect(text).not.toContain('0198f6a2');
  expect(text).toContain('sluice_uploads_signed_total');
});

test('the requests are still counted while the rest cannot be read', async () => {
  const app = createApi({ ...api.platform, metricsText: () => Promise.reject(new Error('down')) });
  const response = await app.request('/metrics');
  expect(response.status).toBe(200);
  await app.request('/health/live');
  expect(await (await app.request('/metrics')).text()).toContain('route="/health/live"');
});

test.each(['/metrics', '/%6detrics', '/metrics?a=1'])(
  'who comes by way of a proxy sees no metrics, whatever the path is written as: %s',
  async (path) => {
    for (const header of ['X-Forwarded-For', 'Forwarded', 'DO-Connecting-IP']) {
      const headers = { [header]: header === 'Forwarded' ? 'for=203.0.113.7' : '203.0.113.7' };
      const response = await api.call('GET', path, { as: null, headers });
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain('sluice_');
    }
    expect((await api.call('GET', path, { as: null })).status).toBe(200);
  },
);
