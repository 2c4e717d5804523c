import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf, type TestApi } from '#test/api/test-api.ts';
import {
  begun,
  createCompanionApi,
  type Grant,
  granted,
  someBytes,
  storePart,
  uppy,
  videoRow,
} from './companion-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createCompanionApi();
});
afterAll(() => api.close());

const begin = (token: string) =>
  uppy(api, 'POST', `/uppy/${token}/s3/multipart`, { filename: 'tour.mp4', type: 'video/mp4' });
const execute = (statement: string, values: unknown[]) =>
  api.platform.context({ kind: 'system' }).em.execute<Record<string, string>[]>(statement, values);

test('a grant shows its secret and its addresses once; nothing of the secret is stored', async () => {
  const response = await api.call('POST', '/api/upload-grants', {
    json: { uploads: 3, expiresInSeconds: 600 },
  });
  expect(response.status).toBe(201);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const grant = (await response.json()) as Grant;
  expect(grant).toMatchObject({ uploadsLeft: 3, policy: 'direct' });
  expect(grant.token).toMatch(/^ug_[\w-]{43}$/);
  expect(grant.companionUrl).toBe(`http://localhost:4000/uppy/${grant.token}`);
  expect(grant.tusUrl).toBe(`http://localhost:4000/api/tus/${grant.token}`);
  const lifeSeconds = (Date.parse(grant.expiresAt) - Date.now()) / 1000;
  expect(lifeSeconds).toBeGreaterThan(590);
  expect(lifeSeconds).toBeLessThanOrEqual(600);
  const rows = await execute('select * from upload_grants where id = ?', [grant.id]);
  expect(JSON.stringify(rows)).not.toContain(grant.token.slice(3));
});

test('without a body it is for one upload within an hour', async () => {
  const response = await api.call('POST', '/api/upload-grants');
  const grant = (await response.json()) as Grant;
  expect(grant.uploadsLeft).toBe(1);
  expect((Date.parse(grant.expiresAt) - Date.now()) / 60_000).toBeCloseTo(60, 0);
});

test('asked for twice with one key it is made once, and the secret is not repeated', async () => {
  const again = async () => {
    const headers = { 'Idempotency-Key': 'grant-1' };
    const response = await api.call('POST', '/api/upload-grants', { json: { uploads: 2 }, headers });
    return { status: response.status, grant: (await response.json()) as Grant };
  };
  const [first, second] = [await again(), await again()];
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.grant).toEqual({ ...first.grant, token: null, companionUrl: null, tusUrl: null });
});

test.each([
  ['no uploads', { uploads: 0 }, 422, 'invalid_request'],
  ['too many', { uploads: 1001 }, 422, 'invalid_request'],
  ['too short', { expiresInSeconds: 59 }, 422, 'invalid_request'],
  ['too long', { expiresInSeconds: 604_801 }, 422, 'invalid_request'],
  ['unknown members', { scope: 'all' }, 422, 'invalid_request'],
  ['a policy without its scope', { policy: 'admin' }, 403, 'forbidden'],
] as const)('refused: %s', async (_what, json, status, code) => {
  const response = await api.call('POST', '/api/upload-grants', { json });
  expect(response.status).toBe(status);
  expect((await problemOf(response)).code).toBe(code);
});

test('another policy needs its scope, and has to exist', async () => {
  const json = { policy: 'mobile' };
  const allowed = await api.call('POST', '/api/upload-grants', { json, scopes: ['uploads:mobile'] });
  const grant = (await allowed.json()) as Grant;
  expect(grant.policy).toBe('mobile');
  const { key } = await begun(api, grant.token);
  expect((await videoRow(api, key)).policy).toBe('mobile');
  const unknown = await api.call('POST', '/api/upload-grants', { json: { policy: 'x' }, scopes: ['admin'] });
  expect((await problemOf(unknown)).code).toBe('policy_unknown');
});

test('only a bearer makes a grant: neither a grant nor an upload token does', async () => {
  const { token } = await granted(api);
  for (const bearer of [token, `up_${'a'.repeat(43)}`]) {
    const headers = { Authorization: `Bearer ${bearer}` };
    expect((await api.call('POST', '/api/upload-grants', { as: null, headers })).status).toBe(401);
    expect((await api.call('GET', '/api/videos', { as: null, headers })).status).toBe(401);
  }
  expect((await api.call('POST', '/api/upload-grants', { as: null })).status).toBe(401);
});

test('it begins as many uploads as it says and no more, however many ask at once', async () => {
  const { token } = await granted(api, { uploads: 2 });
  const answers = await Promise.all([1, 2, 3, 4].map(() => begin(token)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 403, 403]);
  const refused = await problemOf(await begin(token));
  expect(refused.code).toBe('grant_used_up');
  expect(refused.message).toBe(refused.detail);
});

test('an upload that is refused takes nothing off it', async () => {
  const { token } = await granted(api, { uploads: 1 });
  const refused = await uppy(api, 'POST', `/uppy/${token}/s3/multipart`, { filename: 'a.pdf' });
  expect((await problemOf(refused)).code).toBe('unsupported_format');
  expect((await begin(token)).status).toBe(200);
});

test.each([
  [
    'has run out',
    async ({ id }: Grant): Promise<void> =>
      void (await execute("update upload_grants set expires_at = now() - interval '1 second' where id = ?", [
        id,
      ])),
    'grant_used_up',
  ],
  [
    'was withdrawn',
    async ({ id }: Grant): Promise<void> => void (await api.call('DELETE', `/api/upload-grants/${id}`)),
    'unauthenticated',
  ],
] as const)('one that %s begins nothing more; what it began goes on to its end', async (_what, end, code) => {
  const grant = await granted(api);
  const upload = await begun(api, grant.token);
  const body = someBytes(1000);
  await end(grant);
  expect((await problemOf(await begin(grant.token))).code).toBe(code);
  const part = await storePart(api, upload, 1, body);
  expect((await uppy(api, 'POST', upload.at('/complete'), { parts: [part] })).status).toBe(200);
  expect(await videoRow(api, upload.key)).toMatchObject({ status: 'UPLOADED', owner_id: api.ownerId });
});

test('deleting is safe to repeat, and nobody deletes what is not theirs', async () => {
  const grant = await granted(api);
  const path = `/api/upload-grants/${grant.id}`;
  expect((await api.call('DELETE', path, { as: randomUUID() })).status).toBe(204);
  expect((await begin(grant.token)).status).toBe(200);
  expect((await api.call('DELETE', path)).status).toBe(204);
  expect((await api.call('DELETE', path)).status).toBe(204);
  expect((await problemOf(await begin(grant.token))).code).toBe('unauthenticated');
  expect((await problemOf(await api.call('DELETE', '/api/upload-grants/x'))).code).toBe('not_found');
  expect((await api.call('DELETE', path, { as: null })).status).toBe(401);
});

test('tus clients begin with it too, as bearer or in the address', async () => {
  const { token } = await granted(api, { uploads: 2 });
  const headers = {
    'Tus-Resumable': '1.0.0',
    'Upload-Length': '1000',
    'Upload-Metadata': `filename ${Buffer.from('tour.mp4').toString('base64')}`,
  };
  const inAddress = await api.call('POST', `/api/tus/${token}`, { as: null, headers });
  const asBearer = await api.call('POST', '/api/tus', {
    as: null,
    headers: { ...headers, Authorization: `Bearer ${token}` },
  });
  for (const response of [inAddress, asBearer]) {
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toMatch(/^\/api\/tus\/up_/);
    const row = await videoRow(api, response.headers.get('sluice-video-id') ?? '');
    expect(row).toMatchObject({ owner_id: api.ownerId, provider: 'TUS', policy: 'direct' });
  }
  const used = await api.call('POST', `/api/tus/${token}`, { as: null, headers });
  expect((await problemOf(used)).code).toBe('grant_used_up');
  const other = {
    ...headers,
    'Upload-Metadata': `${headers['Upload-Metadata']},policy ${Buffer.from('admin').toString('base64')}`,
  };
  const { token: fresh } = await granted(api);
  expect((await api.call('POST', `/api/tus/${fresh}`, { as: null, headers: other })).status).toBe(403);
});
