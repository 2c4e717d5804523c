import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DeliveryError } from '#providers/delivery/delivery.ts';
import { runStatement } from './pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi, type TestRequest } from './test-api.ts';

const PATH = '/api/operations/pipeline';
const VIDEO = '01937000-0000-7000-8000-00000000abcd';
const invalidated: string[] = [];
let cdnProblem: DeliveryError | null = null;
let api: TestApi;

beforeAll(async () => {
  api = await createTestApi({
    replace: ({ delivery }) => ({
      delivery: {
        ...delivery,
        name: 'cloudfront',
        invalidate: async (prefix) => {
          if (cdnProblem) throw cdnProblem;
          invalidated.push(prefix);
        },
      },
    }),
  });
});
afterEach(async () => {
  cdnProblem = null;
  invalidated.length = 0;
  await runStatement(
    api.platform,
    'update pipeline_control set paused_at = null, reason = null, max_open_attempts = null',
    [],
  );
});
afterAll(() => api.close());

async function post(path: string, json?: unknown, headers: TestRequest['headers'] = {}) {
  const response = await api.call('POST', `${PATH}${path}`, {
    scopes: ['admin'],
    headers,
    ...(json !== undefined && { json }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

const show = async () => (await api.call('GET', PATH, { scopes: ['admin'] })).json();

test('an operator pauses, sees it, throttles and resumes', async () => {
  const paused = await post('/pause', { reason: 'wrong colours' });
  expect(paused).toMatchObject({
    status: 200,
    body: {
      wasPaused: false,
      reason: 'wrong colours',
      takenBack: 0,
      handedBack: [],
      removalsUnderWay: false,
    },
  });
  expect((await post('/pause')).body).toMatchObject({ wasPaused: true, pausedAt: paused.body.pausedAt });
  expect((await post('/throttle', { maxOpenAttempts: 3 })).body).toEqual({
    maxOpenAttempts: 3,
    takenBack: 0,
    isPaused: true,
  });
  expect(await show()).toMatchObject({
    pausedAt: paused.body.pausedAt,
    reason: 'wrong colours',
    maxOpenAttempts: 3,
    lastOrder: { by: api.ownerId, at: expect.any(String) },
    providers: [{ provider: 'ffmpeg', problem: null, downSince: null }],
  });
  expect((await post('/resume', { keepThrottle: true })).body).toEqual({
    wasPaused: true,
    maxOpenAttempts: 3,
    woken: 0,
  });
  expect((await post('/resume')).body).toMatchObject({ wasPaused: false, maxOpenAttempts: null });
  expect(await show()).toMatchObject({ pausedAt: null, reason: null, maxOpenAttempts: null });
});

test('a pause that is repeated with its Idempotency-Key pauses nothing that was resumed since', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const first = await post('/pause', { reason: 'once' }, headers);
  await post('/resume');
  const again = await post('/pause', { reason: 'once' }, headers);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await show()).toMatchObject({ pausedAt: null });
  expect((await post('/pause', { reason: 'another' }, headers)).body).toMatchObject({
    code: 'idempotency_mismatch',
  });
});

describe('the cache', () => {
  test.each([
    [{ videoId: VIDEO }, `videos/${VIDEO}/`],
    [{ prefix: `videos/${VIDEO}/hls/0123abcd/` }, `videos/${VIDEO}/hls/0123abcd/`],
    [{ everything: true }, 'videos/'],
  ])('is invalidated under %j', async (json, prefix) => {
    expect((await post('/invalidate', json)).body).toEqual({
      prefix,
      isCached: true,
      delivery: 'cloudfront',
    });
    expect(invalidated).toEqual([prefix]);
  });

  test.each([
    'videos/',
    '',
    'uploads/x',
    `videos/${VIDEO}/../x/`,
    `videos/${VIDEO}/*`,
    `videos/${VIDEO.slice(0, -1)}/`,
    `/videos/${VIDEO}/`,
  ])('is left alone for %j', async (prefix) => {
    expect((await post('/invalidate', { prefix })).body).toMatchObject({
      status: 422,
      code: 'invalid_request',
      errors: [{ field: 'prefix' }],
    });
    expect(invalidated).toEqual([]);
  });

  test('is told by its own code when the CDN does not take the order', async () => {
    cdnProblem = new DeliveryError('CloudFront wants to be asked later');
    expect((await post('/invalidate', { everything: true })).body).toMatchObject({
      status: 503,
      code: 'delivery_unavailable',
      detail: 'CloudFront wants to be asked later',
    });
  });
});

test('freezing, replaying and retrying by reason answer a batch', async () => {
  expect((await post('/freeze', { olderThanSeconds: 1800 })).body).toEqual({
    frozen: [],
    movedOn: [],
    nextAfter: null,
  });
  const nothing = { videos: [], nextAfter: null, problem: null };
  expect((await post('/replay')).body).toEqual(nothing);
  expect(
    (await post('/replay', { reasons: ['ROLLBACK'], since: '2026-11-21T14:00:00+01:00', dryRun: true })).body,
  ).toEqual(nothing);
  const [first, second] = [randomUUID(), randomUUID()];
  for (const [id, reason] of [
    [first, 'away'],
    [second, 'other'],
  ] as const)
    await runStatement(
      api.platform,
      `insert into dead_letters (id, task, payload, reason, created_at) values (?, 'reconcile', '{}', ?, now())`,
      [id, reason],
    );
  const letters = '/api/operations/dead-letters';
  const listed = await api.call('GET', `${letters}?reason=away&task=reconcile`, { scopes: ['admin'] });
  expect(((await listed.json()) as { items: unknown[] }).items).toMatchObject([{ id: first }]);
  const retried = await api.call('POST', `${letters}/retry`, { scopes: ['admin'], json: { reason: 'away' } });
  expect(await retried.json()).toMatchObject({ letters: [{ id: first, refused: null }], nextBefore: null });
  const read = async (id: string) =>
    (await api.call('GET', `${letters}/${id}`, { scopes: ['admin'] })).json() as Promise<{
      retriedAt: unknown;
    }>;
  expect((await read(first)).retriedAt).not.toBeNull();
  expect((await read(second)).retriedAt).toBeNull();
  expect(
    (await problemOf(await api.call('GET', `${letters}/${randomUUID()}`, { scopes: ['admin'] }))).code,
  ).toBe('not_found');
});

const ROUTES: readonly (readonly ['GET' | 'POST', string])[] = [
  ['GET', PATH],
  ['GET', `/api/operations/dead-letters/${randomUUID()}`],
  ...['pause', 'resume', 'throttle', 'invalidate', 'freeze', 'replay'].map(
    (verb) => ['POST', `${PATH}/${verb}`] as const,
  ),
  ['POST', '/api/operations/dead-letters/retry'],
];
const VALID: Readonly<Record<string, object>> = {
  throttle: { maxOpenAttempts: 1 },
  invalidate: { everything: true },
  freeze: { olderThanSeconds: 0 },
  retry: { reason: 'away' },
};

test.each(ROUTES)('%s %s is for the admin scope alone', async (method, path) => {
  const json = method === 'POST' ? (VALID[path.split('/').at(-1) ?? ''] ?? {}) : undefined;
  expect((await problemOf(await api.call(method, path, { json }))).code).toBe('forbidden');
  expect((await api.call(method, path, { as: null, json })).status).toBe(401);
  expect(invalidated).toEqual([]);
  expect(await show()).toMatchObject({ pausedAt: null, maxOpenAttempts: null });
});

test.each([
  ['/pause', { reason: '' }],
  ['/pause', { why: 'x' }],
  ['/resume', { keepThrottle: 'yes' }],
  ['/throttle', {}],
  ['/throttle', { maxOpenAttempts: 0 }],
  ['/throttle', { maxOpenAttempts: 1.5 }],
  ['/freeze', {}],
  ['/freeze', { olderThanSeconds: -1 }],
  ['/freeze', { olderThanSeconds: 1, provider: 'import' }],
  ['/freeze', { olderThanSeconds: 1, limit: 101 }],
  ['/replay', { reasons: ['NO_SUCH'] }],
  ['/replay', { reasons: [] }],
  ['/replay', { since: 'yesterday' }],
  ['/replay', { perMinute: 0 }],
  ['/invalidate', {}],
  ['/invalidate', { everything: false }],
  ['/invalidate', { videoId: 'x' }],
  ['/invalidate', { videoId: VIDEO, everything: true }],
])('%s refuses %j', async (path, json) => {
  expect((await post(path, json)).body).toMatchObject({ status: 422, code: 'invalid_request' });
});

test('malformed JSON is 400, another content type 415', async () => {
  const send = (type: string) =>
    api.call('POST', `${PATH}/pause`, {
      scopes: ['admin'],
      body: '{"reason":',
      headers: { 'content-type': type },
    });
  expect((await send('application/json')).status).toBe(400);
  expect((await send('text/plain')).status).toBe(415);
});
