import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../test-api.ts';

const ORIGIN = 'https://app.example.com';
let open: TestApi;
let closed: TestApi;
beforeAll(async () => {
  open = await createTestApi();
  closed = await createTestApi({
    sharing: open.platform,
    env: { CORS_ORIGINS: `${ORIGIN},https://other.example.com`, PUBLIC_URL: 'https://api.example.com' },
  });
});
afterAll(async () => {
  await closed.close();
  await open.close();
});

const preflight = (api: TestApi, origin: string, path = '/api/videos') =>
  api.call('OPTIONS', path, {
    as: null,
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'PATCH',
      'Access-Control-Request-Headers': 'authorization,content-type,if-match',
    },
  });

test('a preflight is answered without a token and lets the asked headers through', async () => {
  const response = await preflight(open, ORIGIN);
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('access-control-allow-methods')).toContain('PATCH');
  expect(response.headers.get('access-control-allow-headers')).toContain('if-match');
  expect(response.headers.get('access-control-allow-credentials')).toBeNull();
});

test('errors can be read across origins too, with what a client needs of their headers', async () => {
  const response = await open.call('GET', '/api/videos', { as: null, headers: { Origin: ORIGIN } });
  expect(response.status).toBe(401);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const exposed = response.headers.get('access-control-expose-headers')?.split(',');
  expect(exposed).toEqual(
    expect.arrayContaining(['ETag', 'Location', 'Retry-After', 'Upload-Offset', 'Tus-Resumable']),
  );
});

test('with a list only its origins are let in, and caches are told that it differs', async () => {
  for (const [origin, allowed] of [
    [ORIGIN, ORIGIN],
    ['https://evil.example', null],
    ['null', null],
  ] as const) {
    const response = await closed.call('GET', '/api/videos', { headers: { Origin: origin } });
    expect(response.headers.get('access-control-allow-origin')).toBe(allowed);
    expect(response.headers.get('vary')).toContain('Origin');
    expect((await preflight(closed, origin)).headers.get('access-control-allow-origin')).toBe(allowed);
  }
});

test('media can be played from anywhere, whatever the list says', async () => {
  const response = await closed.call('GET', '/media/x', {
    as: null,
    headers: { Origin: 'https://blog.example' },
  });
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('vary')).toBeNull();
});

test('an OPTIONS that is no preflight tells the methods', async () => {
  const response = await open.call('OPTIONS', '/api/videos', { as: null });
  expect(response.status).toBe(204);
  expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
});

test('every answer has the headers that keep browsers from guessing', async () => {
  for (const path of ['/api/videos', '/nowhere', '/health/live', '/docs']) {
    const { headers } = await closed.call('GET', path, { as: null });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toMatch(/max-age=\d+/);
  }
});
