import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runStatement } from './pipeline-steps.ts';
import { bodyOf, createTestApi, problemOf, type TestApi } from './test-api.ts';

const PATH = '/api/operations/dead-letters';
const ADMIN = { scopes: ['admin'] };
let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

async function deadLetter(): Promise<string> {
  const id = randomUUID();
  await runStatement(
    api.platform,
    `insert into dead_letters (id, task, payload, reason, created_at) values (?, 'reconcile', '{}', 'X', now())`,
    [id],
  );
  return id;
}

test('an operator sees dead letters page by page and runs one again, once', async () => {
  const ids = [await deadLetter(), await deadLetter()];
  const page = await bodyOf(await api.call('GET', `${PATH}?limit=1`, ADMIN));
  const rest = await bodyOf(await api.call('GET', `${PATH}?limit=1&cursor=${page.nextCursor}`, ADMIN));
  expect([...page.items, ...rest.items].map((item) => item.id).sort()).toEqual(ids.sort());
  expect(rest.nextCursor).toBeNull();
  expect(page.items[0]).toMatchObject({ task: 'reconcile', reason: 'X', videoId: null, retriedAt: null });
  for (let time = 0; time < 2; time += 1)
    expect((await api.call('POST', `${PATH}/${ids[0]}/retry`, ADMIN)).status).toBe(202);
  const left = await bodyOf(await api.call('GET', PATH, ADMIN));
  expect(left.items.map((item) => item.id)).toEqual([ids[1]]);
});

test('a retry that is repeated with its Idempotency-Key says that it is a repetition', async () => {
  const id = await deadLetter();
  const retry = () =>
    api.call('POST', `${PATH}/${id}/retry`, { ...ADMIN, headers: { 'idempotency-key': `retry-${id}` } });
  expect((await retry()).headers.get('idempotency-replayed')).toBeNull();
  const again = await retry();
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
});

test('without the admin scope both are 403, without a token 401', async () => {
  for (const [method, path] of [
    ['GET', PATH],
    ['POST', `${PATH}/${randomUUID()}/retry`],
  ] as const) {
    expect((await problemOf(await api.call(method, path))).code).toBe('forbidden');
    expect((await api.call(method, path, { as: null })).status).toBe(401);
  }
});

test('a letter that is not there is 404, a cursor that is none 422', async () => {
  expect((await api.call('POST', `${PATH}/${randomUUID()}/retry`, ADMIN)).status).toBe(404);
  expect((await problemOf(await api.call('POST', `${PATH}/x/retry`, ADMIN))).code).toBe('not_found');
  expect((await api.call('GET', `${PATH}?cursor=x`, ADMIN)).status).toBe(422);
});
