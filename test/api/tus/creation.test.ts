import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tusRoutes } from '#api/tus/routes.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { problemOf } from '#test/api/test-api.ts';
import { type Gates, gated } from '#test/domain/gated-store.ts';
import {
  begun,
  bytes,
  creation,
  FILE_METADATA,
  head,
  metadata,
  offsetOf,
  serveTus,
  sourceOf,
  standing,
  type TusApi,
} from './tus-api.ts';

const gates: Gates = {};
let api: TusApi;
beforeAll(async () => {
  api = await serveTus({
    env: {
      UPLOAD_POLICIES:
        '{"direct":{"uploadsPerHour":null,"maxSizeBytes":20000000},"mobile":{"uploadsPerHour":1}}',
    },
    replace: ({ storage }) => ({ storage: { ...storage, sources: gated(storage.sources, gates) } }),
  });
});
afterAll(() => api.close());

const ownerId = randomUUID();
const rows = async (table: string) =>
  (await api.platform.context({ kind: 'system' }).em.execute(`select * from ${table}`)).length;
const openMultiparts = async () => {
  const { sources } = api.platform.context({ kind: 'system' }).storage;
  return (await Array.fromAsync(sources.listMultiparts('uploads/'))).length;
};

test('an upload begins with a video, a session, and an address that is the right to go on', async () => {
  const response = await creation(api, ownerId, { 'Upload-Length': '12345' });
  expect(response.status).toBe(201);
  expect(response.headers.get('location')).toMatch(/^\/api\/tus\/up_[\w-]{43}$/);
  expect(response.headers.get('tus-resumable')).toBe('1.0.0');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  const lifeDays = (Date.parse(response.headers.get('upload-expires') ?? '') - Date.now()) / 86_400_000;
  expect(lifeDays).toBeCloseTo(7, 1);
  const [row] = await api.platform.context({ kind: 'system' }).em.execute<Record<string, unknown>[]>(
    `select v.owner_id, v.title, v.status, v.policy, v.created_via, v.metadata, s.provider, s.status as session_status,
       s.size_bytes, s.mime, s.file_name, s.file_key from videos v join upload_sessions s on s.video_id = v.id where v.id = ?`,
    [response.headers.get('sluice-video-id')],
  );
  expect(row).toMatchObject({
    owner_id: ownerId,
    title: 'Tour',
    status: 'UPLOADING',
    policy: 'direct',
    created_via: 'tus',
    provider: 'TUS',
    session_status: 'INITIATED',
    mime: 'video/mp4',
    file_name: 'tour.mp4',
    metadata: { filename: 'tour.mp4', filetype: 'video/mp4', title: 'Tour' },
  });
  expect(Number(row?.size_bytes)).toBe(12345);
});

test('HEAD answers what was said at the creation, and the offset', async () => {
  const { path } = await begun(api, ownerId, 12345);
  const response = await head(api, path);
  expect(response.status).toBe(200);
  expect(response.headers.get('upload-offset')).toBe('0');
  expect(response.headers.get('upload-length')).toBe('12345');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const pairs = (response.headers.get('upload-metadata') ?? '').split(',').sort();
  expect(pairs).toEqual(FILE_METADATA.split(',').sort());
});

test('where no title is given the file names the video, and its extension the type that is unknown', async () => {
  const named = metadata({ filename: 'Ferien am Meer.MOV', filetype: 'application/octet-stream' });
  const response = await creation(api, ownerId, { 'Upload-Metadata': named });
  const [row] = await api.platform
    .context({ kind: 'system' })
    .em.execute<{ title: string; source_mime: string }[]>(
      'select title, source_mime from videos where id = ?',
      [response.headers.get('sluice-video-id')],
    );
  expect(row).toEqual({ title: 'Ferien am Meer', source_mime: 'video/quicktime' });
});

test('a creation may bring the whole file, or the beginning of it', async () => {
  const file = bytes(1000);
  const whole = await creation(api, ownerId, {}, { body: file });
  expect([whole.status, whole.headers.get('upload-offset')]).toEqual([201, '1000']);
  const videoId = whole.headers.get('sluice-video-id') ?? '';
  expect(await standing(api, videoId)).toEqual({ video: 'UPLOADED', session: 'COMPLETED' });
  expect((await sourceOf(api, videoId)).equals(file)).toBe(true);
  const begins = await creation(api, ownerId, {}, { body: file.subarray(0, 400) });
  expect([begins.status, begins.headers.get('upload-offset')]).toEqual([201, '400']);
  expect(await offsetOf(api, begins.headers.get('location') ?? '')).toBe(400);
});

test('OPTIONS tells what is spoken here', async () => {
  const routes = tusRoutes(api.platform);
  for (const path of ['/api/tus', `/api/tus/up_${'a'.repeat(43)}`]) {
    const response = await routes.request(path, { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('tus-version')).toBe('1.0.0');
    expect(response.headers.get('tus-extension')?.split(',')).toEqual([
      'creation',
      'creation-with-upload',
      'creation-defer-length',
      'expiration',
      'termination',
      'checksum',
    ]);
    expect(response.headers.get('tus-max-size')).toBe('20000000');
    expect(response.headers.get('tus-checksum-algorithm')).toBe('sha1,sha256,md5');
  }
});

test('pages may send every header of the protocol, and read those that clients go by', async () => {
  const { path } = await begun(api, ownerId, 1000);
  const preflight = await fetch(api.url + path, {
    method: 'OPTIONS',
    headers: {
      Origin: 'https://app.example.com',
      'Access-Control-Request-Method': 'PATCH',
      'Access-Control-Request-Headers': 'content-type,tus-resumable,upload-offset,x-http-method-override',
    },
  });
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('x-http-method-override');
  const exposed = (await head(api, path)).headers.get('access-control-expose-headers')?.split(',');
  for (const name of ['Upload-Offset', 'Upload-Length', 'Location', 'Tus-Resumable'])
    expect(exposed).toContain(name);
});

test('a page of another origin than the listed ones gets no leave to read', async () => {
  const strict = await serveTus({ env: { CORS_ORIGINS: 'https://app.example.com' } });
  const answers = await Promise.all(
    ['https://app.example.com', 'https://evil.example.com'].map((Origin) =>
      creation(strict, ownerId, { Origin }),
    ),
  );
  await strict.close();
  expect(answers.map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual([
    'https://app.example.com',
    null,
  ]);
});

describe('refused', () => {
  test.each([
    ['no bearer', null, {}, 401, 'unauthenticated'],
    ['a bearer that is none', null, { Authorization: 'Bearer nonsense' }, 401, 'unauthenticated'],
    [
      'the token of an upload',
      null,
      { Authorization: `Bearer up_${'a'.repeat(43)}` },
      401,
      'unauthenticated',
    ],
    [
      'a grant that nobody made',
      null,
      { Authorization: `Bearer ug_${'a'.repeat(43)}` },
      401,
      'unauthenticated',
    ],
    ['an empty file', ownerId, { 'Upload-Length': '0' }, 422, 'empty_file'],
    ['a file that is too large', ownerId, { 'Upload-Length': '20000001' }, 413, 'file_too_large'],
    [
      'a type that is not taken',
      ownerId,
      { 'Upload-Metadata': metadata({ filename: 'a.pdf' }) },
      422,
      'unsupported_format',
    ],
    ['concatenation', ownerId, { 'Upload-Concat': 'partial' }, 400, 'invalid_request'],
    ['no length', ownerId, { 'Upload-Length': null }, 400, 'invalid_request'],
    ['two lengths', ownerId, { 'Upload-Defer-Length': '1' }, 400, 'invalid_request'],
    ['a length that is none', ownerId, { 'Upload-Length': '-1' }, 400, 'invalid_request'],
    ['metadata that is no base64', ownerId, { 'Upload-Metadata': 'filename a.mp4' }, 400, 'invalid_request'],
    [
      'metadata that cannot be stored',
      ownerId,
      { 'Upload-Metadata': metadata({ filename: 'a\0.mp4' }) },
      400,
      'invalid_request',
    ],
    ['another version', ownerId, { 'Tus-Resumable': '0.2.2' }, 412, 'protocol_version'],
    [
      'a policy that needs a scope',
      ownerId,
      { 'Upload-Metadata': `${FILE_METADATA},${metadata({ policy: 'admin' })}` },
      403,
      'forbidden',
    ],
    ['an unknown checksum', ownerId, { 'Upload-Checksum': 'crc9 AAAA' }, 400, 'invalid_request'],
    ['a method that is none', ownerId, { 'X-HTTP-Method-Override': 'BREW' }, 400, 'invalid_request'],
  ] as const)('%s', async (_what, as, headers, status, code) => {
    const before = await rows('videos');
    const response = await creation(api, as, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('tus-resumable')).toBe('1.0.0');
    expect((await problemOf(response)).code).toBe(code);
    expect(await rows('videos')).toBe(before);
  });

  test('at the address of an upload nothing begins', async () => {
    const { path } = await begun(api, ownerId, 1000);
    const response = await creation(api, ownerId, {}, { path });
    expect((await problemOf(response)).code).toBe('unauthenticated');
    const got = await fetch(api.url + path, { headers: { 'Tus-Resumable': '1.0.0' } });
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'DELETE, HEAD, OPTIONS, PATCH, POST']);
  });

  test('more than an hour allows, with the time to wait, and nothing of it stays in storage', async () => {
    const token = await api.platform.token(randomUUID(), { scopes: ['uploads:mobile'] });
    const mobile = {
      Authorization: `Bearer ${token}`,
      'Upload-Metadata': `${FILE_METADATA},${metadata({ policy: 'mobile' })}`,
    };
    expect((await creation(api, null, mobile)).status).toBe(201);
    const before = await openMultiparts();
    const refused = await creation(api, null, mobile);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000);
    expect(await openMultiparts()).toBe(before);
  });

  test('while storage is away: 503, and no row names an upload that is not there', async () => {
    const before = await rows('upload_sessions');
    gates.createMultipart = () => {
      throw new StorageError('unavailable', 'storage is away');
    };
    const response = await creation(api, ownerId);
    delete gates.createMultipart;
    expect((await problemOf(response)).code).toBe('storage_unavailable');
    expect(await rows('upload_sessions')).toBe(before);
  });
});
