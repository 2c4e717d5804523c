import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '#test/api/test-api.ts';

const lines: Record<string, unknown>[] = [];
const keep = (fields: object, message: string) => void lines.push({ ...fields, message });
let api: TestApi;

beforeAll(async () => {
  api = await createTestApi({ log: { debug() {}, info: keep, warn: keep, error: keep } });
});
afterAll(() => api.close());

const order = (path: string, json: unknown, scopes: readonly string[]) =>
  api.call('POST', `/api/operations/${path}`, { scopes, json });

test('who gave an order is in the log, with the request that it belongs to', async () => {
  expect((await order('pipeline/pause', { reason: 'green faces' }, ['admin'])).status).toBe(200);
  expect((await order('pipeline/resume', {}, [])).status).toBe(403);
  const orders = lines.filter(({ message }) => message === 'an order of an operator');
  expect(orders).toMatchObject([
    { subject: api.ownerId, ownerId: api.ownerId, route: '/api/operations/pipeline/pause', status: 200 },
    { ownerId: api.ownerId, route: '/api/operations/pipeline/resume', status: 403 },
  ]);
  const paused = lines.find(({ message }) => message === 'the pipeline is paused');
  expect(paused?.requestId).toBe(orders[0]?.requestId);
});

test('the longest reason that is allowed fits, in any script', async () => {
  const reason = '色'.repeat(500);
  const answer = await order('pipeline/pause', { reason }, ['admin']);
  expect([answer.status, ((await answer.json()) as { reason: string }).reason]).toEqual([200, reason]);
});
