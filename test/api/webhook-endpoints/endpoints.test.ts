import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf } from '#test/api/test-api.ts';
import { createEndpointApi, type EndpointApi, PATH, URL_OUTSIDE } from './endpoint-api.ts';

let api: EndpointApi;
beforeAll(async () => {
  api = await createEndpointApi();
});
afterAll(() => api.close());

test('an endpoint is registered with a secret that is shown this once', async () => {
  const response = await api.call('POST', PATH, {
    json: { url: URL_OUTSIDE, events: ['video.asset.ready'], description: 'Staging' },
  });
  expect(response.status).toBe(201);
  const { secret, ...endpoint } = (await response.json()) as Record<string, unknown>;
  expect(response.headers.get('location')).toBe(`${PATH}/${endpoint.id}`);
  expect(endpoint).toEqual({
    id: expect.any(String),
    kind: 'standard',
    url: URL_OUTSIDE,
    description: 'Staging',
    events: ['video.asset.ready'],
    enabled: true,
    disabledAt: null,
    disabledReason: null,
    failingSince: null,
    previousSecretUntil: null,
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  });
  const key = Buffer.from(String(secret).replace('whsec_', ''), 'base64');
  expect(String(secret)).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/);
  expect(key.length).toBeGreaterThanOrEqual(24);
  const read = await api.ok(200, 'GET', `${PATH}/${endpoint.id}`);
  expect(read).toEqual(endpoint);
  const listed = await api.ok(200, 'GET', PATH);
  expect(listed.items.map(({ id }) => id)).toContain(endpoint.id);
  expect(JSON.stringify([read, listed])).not.toContain('whsec_');
});

test('the same Idempotency-Key registers one endpoint, and does not show the secret again', async () => {
  const as = randomUUID();
  const headers = { 'Idempotency-Key': randomUUID() };
  const first = await api.registered({}, { as, headers });
  const again = await api.registered({}, { as, headers });
  expect(first.secret).toMatch(/^whsec_/);
  expect(again).toEqual({ ...first, secret: null });
  expect((await api.ok(200, 'GET', PATH, { as })).items).toHaveLength(1);
});

test.each([
  ['no address', {}, 'invalid_request'],
  ['an event that is none', { url: URL_OUTSIDE, events: ['video.gone'] }, 'invalid_request'],
  ['what only a test is', { url: URL_OUTSIDE, events: ['endpoint.test'] }, 'invalid_request'],
  ['a member that is none', { url: URL_OUTSIDE, secret: 'mine' }, 'invalid_request'],
  ['a long description', { url: URL_OUTSIDE, description: 'x'.repeat(501) }, 'invalid_request'],
  ['no URL', { url: 'example.com' }, 'webhook_url_forbidden'],
  ['plain HTTP', { url: 'http://example.com/' }, 'webhook_url_forbidden'],
  ['a password', { url: 'https://a:b@example.com/' }, 'webhook_url_forbidden'],
  ['localhost', { url: 'https://localhost/' }, 'webhook_url_forbidden'],
  ['an address inside', { url: 'https://169.254.169.254/' }, 'webhook_url_forbidden'],
  ['an address inside, written in octal', { url: 'https://0177.1/' }, 'webhook_url_forbidden'],
])('%s is refused with a reason', async (_what, json, code) => {
  const as = randomUUID();
  const problem = await problemOf(await api.call('POST', PATH, { json, as }));
  expect(problem).toMatchObject({ status: 422, code });
  expect(problem.errors.length).toBeGreaterThan(0);
  expect((await api.ok(200, 'GET', PATH, { as })).items).toEqual([]);
});

test('an owner has 20 endpoints at most, however many are asked for at once', async () => {
  const as = randomUUID();
  for (let made = 0; made < 19; made += 1) await api.registered({}, { as });
  const json = { url: URL_OUTSIDE };
  const both = await Promise.all([
    api.call('POST', PATH, { json, as }),
    api.call('POST', PATH, { json, as }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  const refused = both.find(({ status }) => status === 409);
  expect((await problemOf(refused ?? Response.error())).code).toBe('too_many_endpoints');
  expect((await api.ok(200, 'GET', PATH, { as })).items).toHaveLength(20);
});

test('an endpoint is changed in what is named and nothing else', async () => {
  const { id, secret: _secret, ...before } = await api.registered({ events: ['video.asset.ready'] });
  const moved = await api.ok(200, 'PATCH', `${PATH}/${id}`, { json: { url: 'https://example.org/other' } });
  expect(moved).toEqual({ ...before, id, url: 'https://example.org/other', updatedAt: expect.any(String) });
  const all = await api.ok(200, 'PATCH', `${PATH}/${id}`, { json: { events: [], description: null } });
  expect(all.events).toEqual([]);
  for (const [json, code] of [
    [{}, 'invalid_request'],
    [{ secret: 'whsec_mine' }, 'invalid_request'],
    [{ url: 'https://10.0.0.1/' }, 'webhook_url_forbidden'],
  ] as const)
    expect((await problemOf(await api.call('PATCH', `${PATH}/${id}`, { json }))).code).toBe(code);
  expect((await api.ok(200, 'GET', `${PATH}/${id}`)).url).toBe('https://example.org/other');
});

test('an endpoint is disabled by its owner and enabled again', async () => {
  const { id } = await api.registered();
  const off = await api.ok(200, 'PATCH', `${PATH}/${id}`, { json: { enabled: false } });
  expect(off).toMatchObject({ enabled: false, disabledReason: 'by_owner', disabledAt: expect.any(String) });
  const on = await api.ok(200, 'PATCH', `${PATH}/${id}`, { json: { enabled: true } });
  expect(on).toMatchObject({ enabled: true, disabledReason: null, disabledAt: null });
});

test('a new secret is shown once; the one before signs too for as long as was asked', async () => {
  const { id, secret } = await api.registered();
  const rotate = `${PATH}/${id}/rotate-secret`;
  const headers = { 'Idempotency-Key': randomUUID() };
  const day = await api.ok(200, 'POST', rotate, { headers });
  expect(day.secret).toMatch(/^whsec_/);
  expect(day.secret).not.toBe(secret);
  const waitMs = new Date(day.previousSecretUntil ?? 0).getTime() - Date.now();
  expect(waitMs / 3_600_000).toBeCloseTo(24, 0);
  expect(await api.ok(200, 'POST', rotate, { headers })).toEqual({ ...day, secret: null });
  const atOnce = await api.ok(200, 'POST', rotate, { json: { overlapSeconds: 0 } });
  expect(atOnce.previousSecretUntil).toBeNull();
  expect(atOnce.secret).not.toBe(day.secret);
  for (const overlapSeconds of [-1, 1.5, 7 * 86_400 + 1])
    expect((await api.call('POST', rotate, { json: { overlapSeconds } })).status).toBe(422);
});

test('a deleted endpoint is gone', async () => {
  const { id } = await api.registered();
  expect((await api.call('DELETE', `${PATH}/${id}`)).status).toBe(204);
  for (const method of ['GET', 'DELETE'])
    expect((await problemOf(await api.call(method, `${PATH}/${id}`))).code).toBe(
      'webhook_endpoint_not_found',
    );
});

test('nobody sees or moves an endpoint of somebody else, and no token means 401', async () => {
  const { id } = await api.registered();
  const delivery = `${PATH}/${id}/deliveries/${randomUUID()}`;
  for (const [method, path, json] of [
    ['GET', `${PATH}/${id}`],
    ['PATCH', `${PATH}/${id}`, { enabled: false }],
    ['DELETE', `${PATH}/${id}`],
    ['POST', `${PATH}/${id}/rotate-secret`],
    ['POST', `${PATH}/${id}/test`],
    ['GET', `${PATH}/${id}/deliveries`],
    ['GET', delivery],
    ['POST', `${delivery}/replay`],
  ] as const) {
    const request = { ...(json && { json }), as: randomUUID() };
    for (const scopes of [[], ['admin']]) {
      const problem = await problemOf(await api.call(method, path, { ...request, scopes }));
      expect(problem, `${method} ${path}`).toMatchObject({ status: 404, code: 'webhook_endpoint_not_found' });
    }
    expect((await api.call(method, path, { ...request, as: null })).status).toBe(401);
  }
  expect((await api.ok(200, 'GET', PATH, { as: randomUUID() })).items).toEqual([]);
  expect(await api.ok(200, 'GET', `${PATH}/${id}`)).toMatchObject({ enabled: true });
});

test('an id that is none is 404 like one that is not there', async () => {
  expect((await api.call('GET', `${PATH}/x`)).status).toBe(404);
});

test('with If-Match an endpoint is changed only while nobody else has changed it', async () => {
  const { id } = await api.registered();
  const path = `${PATH}/${id}`;
  const etag = (await api.call('GET', path)).headers.get('etag') ?? 'none';
  const patch = (json: object, ifMatch: string) =>
    api.call('PATCH', path, { json, headers: { 'if-match': ifMatch } });
  const first = await patch({ description: 'mine' }, etag);
  expect(first.status).toBe(200);
  expect(first.headers.get('etag')).not.toBe(etag);
  expect(await problemOf(await patch({ url: 'https://example.org/theirs' }, etag))).toMatchObject({
    status: 412,
    code: 'precondition_failed',
    currentEtag: first.headers.get('etag'),
  });
  expect(await api.ok(200, 'GET', path)).toMatchObject({ url: URL_OUTSIDE, description: 'mine' });
  // A new secret is nothing that a change of the rest could spoil.
  await api.ok(200, 'POST', `${path}/rotate-secret`);
  expect((await patch({ enabled: false }, first.headers.get('etag') ?? '')).status).toBe(200);
  expect((await patch({ enabled: true }, '*')).status).toBe(200);
});
