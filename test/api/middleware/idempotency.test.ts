import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ApiEnvironment } from '#api/environment.ts';
import { once } from '#api/middleware/idempotency.ts';
import { answerError } from '#api/problems/answer-error.ts';
import { DomainError } from '#domain/errors.ts';
import { waitFor } from '#test/support/conditions.ts';
import { createTestPlatform, type TestPlatform, userActor } from '#test/support/platform.ts';
import { problemOf } from '../test-api.ts';

const aheadMs = { value: 0 };
let platform: TestPlatform;
beforeAll(async () => {
  platform = await createTestPlatform({
    now: () => new Date(Date.now() + aheadMs.value),
    replace: (shared) => ({ settings: { ...shared.settings, idempotencyClaimSeconds: 3 } }),
  });
});
afterAll(() => platform.close());
afterEach(() => {
  aheadMs.value = 0;
});

/** An app whose one route counts how often it runs, over a verb that the test writes. */
function counting(verb: () => Promise<number> | number = () => 201, route = '/things/{id}') {
  const state = { runs: 0, reads: 0, gone: false };
  const app = new Hono<ApiEnvironment>();
  app.onError(answerError);
  app.use(async (c, next) => {
    c.set('requestId', 'a-request');
    c.set('log', platform.log);
    c.set('route', route);
    c.set('context', platform.context(userActor(c.req.header('owner') ?? OWNER)));
    await next();
  });
  app.post('/*', (c) =>
    once(c, {
      run: async () => {
        state.runs += 1;
        const status = await verb();
        return { resourceId: `thing-${state.runs}`, answer: c.json({ made: state.runs }, status as 201) };
      },
      again: async (resourceId, status) => {
        state.reads += 1;
        if (state.gone) throw new DomainError('video_not_found', 'gone');
        return c.json({ read: resourceId, reads: state.reads }, status as 201);
      },
    }),
  );
  const post = (key: string | undefined, { path = '/things/1', body = '{}', owner = OWNER } = {}) =>
    app.request(path, {
      method: 'POST',
      body,
      headers: { owner, ...(key !== undefined && { 'Idempotency-Key': key }) },
    });
  return { state, post };
}
const OWNER = randomUUID();
const keysLike = (key: string) =>
  platform.context({ kind: 'system' }).em.execute('select * from idempotency_keys where key = ?', [key]);

test('the second request with a key runs nothing and is answered with what the first made', async () => {
  const { state, post } = counting();
  const key = randomUUID();
  const first = await post(key);
  expect([first.status, await first.json()]).toEqual([201, { made: 1 }]);
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  for (const reads of [1, 2]) {
    const again = await post(key);
    expect([again.status, await again.json()]).toEqual([201, { read: 'thing-1', reads }]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  }
  expect(state.runs).toBe(1);
});

test('without a key each request runs, and nothing is kept', async () => {
  const { state, post } = counting();
  await post(undefined);
  await post(undefined);
  expect(state.runs).toBe(2);
});

test('of two requests at the same moment one runs; the other is told to wait', async () => {
  const open = Promise.withResolvers<void>();
  const { state, post } = counting(() => open.promise.then(() => 201));
  const key = randomUUID();
  const first = post(key);
  await waitFor('the claim to stand', async () => (await keysLike(key)).length === 1);
  const second = await post(key);
  expect(second.status).toBe(409);
  expect((await problemOf(second)).code).toBe('idempotency_in_progress');
  expect(second.headers.get('retry-after')).toBe('1');
  open.resolve();
  expect((await first).status).toBe(201);
  expect((await post(key)).headers.get('idempotency-replayed')).toBe('true');
  expect(state.runs).toBe(1);
});

test('many at the same moment are one', async () => {
  const { state, post } = counting();
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(key)));
  expect(state.runs).toBe(1);
  expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
});

test.each([
  ['another body', { body: '{ }' }],
  ['another path of the same route', { path: '/things/2' }],
  ['another query', { path: '/things/1?a=1' }],
])('%s under the same key is refused, while the first runs and afterwards', async (_, change) => {
  const open = Promise.withResolvers<void>();
  const { state, post } = counting(() => open.promise.then(() => 201));
  const key = randomUUID();
  const first = post(key);
  await waitFor('the claim to stand', async () => (await keysLike(key)).length === 1);
  expect((await problemOf(await post(key, change))).code).toBe('idempotency_mismatch');
  open.resolve();
  await first;
  const after = await post(key, change);
  expect(after.status).toBe(422);
  expect((await problemOf(after)).code).toBe('idempotency_mismatch');
  expect(state.runs).toBe(1);
});

test('the same key of another owner, or on another route, is another key', async () => {
  const { state, post } = counting();
  const elsewhere = counting(() => 201, '/others/{id}');
  const key = randomUUID();
  await post(key);
  await post(key, { owner: randomUUID() });
  await elsewhere.post(key);
  expect([state.runs, elsewhere.state.runs]).toEqual([2, 1]);
});

test('a refusal is not remembered: the same key may try again', async () => {
  const outcomes: (() => number)[] = [
    () => {
      throw new DomainError('upload_conflict', 'no');
    },
    () => 409,
    () => 201,
  ];
  const { state, post } = counting(() => outcomes.shift()?.() ?? 500);
  const key = randomUUID();
  expect((await post(key)).status).toBe(409);
  expect(await keysLike(key)).toEqual([]);
  expect((await post(key)).status).toBe(409);
  expect((await post(key)).status).toBe(201);
  expect((await post(key)).headers.get('idempotency-replayed')).toBe('true');
  expect(state.runs).toBe(3);
});

test('what was made and is gone is answered as any reader of it is', async () => {
  const { state, post } = counting();
  const key = randomUUID();
  await post(key);
  state.gone = true;
  const again = await post(key);
  expect(again.status).toBe(404);
  expect((await problemOf(again)).code).toBe('video_not_found');
  expect(state.runs).toBe(1);
});

test('a request that takes longer than a claim lives keeps its claim', async () => {
  const open = Promise.withResolvers<void>();
  const { state, post } = counting(() => open.promise.then(() => 201));
  const key = randomUUID();
  const first = post(key);
  const claimedUntil = async () => (await keysLike(key))[0]?.claimed_until as string | undefined;
  const before = await waitFor('the claim to stand', claimedUntil);
  await waitFor('the claim to be renewed', async () => (await claimedUntil()) !== before);
  open.resolve();
  await first;
  expect(state.runs).toBe(1);
});

test('the claim of a process that died runs out, for the same request only', async () => {
  const { state, post } = counting();
  const key = randomUUID();
  await post(key);
  // As a crash between claim and outcome leaves it.
  await platform.context({ kind: 'system' }).em.execute(
    `update idempotency_keys set status = null, resource_id = null, claim_token = ?,
       claimed_until = now() + interval '10 s' where key = ?`,
    [randomUUID(), key],
  );
  expect((await post(key)).status).toBe(409);
  aheadMs.value = 11_000;
  expect((await problemOf(await post(key, { body: '[]' }))).code).toBe('idempotency_mismatch');
  expect((await post(key)).status).toBe(201);
  expect(state.runs).toBe(2);
});

test('a claim that was taken over is not settled by whoever lost it', async () => {
  const open = Promise.withResolvers<void>();
  const { post } = counting(() => open.promise.then(() => 201));
  const key = randomUUID();
  const first = post(key);
  await waitFor('the claim to stand', async () => (await keysLike(key)).length === 1);
  const successor = randomUUID();
  await platform
    .context({ kind: 'system' })
    .em.execute('update idempotency_keys set claim_token = ? where key = ?', [successor, key]);
  open.resolve();
  expect((await first).status).toBe(201);
  expect(await keysLike(key)).toMatchObject([{ claim_token: successor, status: null }]);
});

test('a key is forgotten after a day', async () => {
  const { state, post } = counting();
  const key = randomUUID();
  await post(key);
  aheadMs.value = (24 * 3600 + 1) * 1000;
  expect((await post(key, { body: 'something else' })).headers.get('idempotency-replayed')).toBeNull();
  expect(state.runs).toBe(2);
});

test.each(['', ' '.repeat(300), 'k'.repeat(256), 'schl\u00fcssel', 'a\tb'])(
  'the key %j is refused before anything runs',
  async (key) => {
    const { state, post } = counting();
    const response = await post(key);
    // A header's outer blanks are no part of it, so blanks alone are an empty key.
    expect(response.status).toBe(422);
    expect((await problemOf(response)).errors[0]?.field).toBe('Idempotency-Key');
    expect(state.runs).toBe(0);
  },
);
