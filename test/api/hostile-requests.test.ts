import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openUpload } from './pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from './test-api.ts';

let api: TestApi;
let videoId: string;
let sessionId: string;
beforeAll(async () => {
  api = await createTestApi();
  ({ videoId, sessionId } = await openUpload(api));
});
afterAll(() => api.close());

/** Every route of the reference contract, with a body that it takes where it takes one. */
const ROUTES = [
  ['POST', '/api/videos', { title: 'x', sourceMime: 'video/mp4', sourceSizeBytes: 1 }],
  ['GET', '/api/videos', undefined],
  ['GET', '/api/videos/{videoId}', undefined],
  ['PATCH', '/api/videos/{videoId}', { title: 'x' }],
  ['DELETE', '/api/videos/{videoId}', undefined],
  ['POST', '/api/videos/{videoId}/retry', {}],
  ['POST', '/api/videos/{videoId}/uploads', { sourceMime: 'video/mp4', sourceSizeBytes: 1 }],
  ['GET', '/api/uploads/{sessionId}', undefined],
  ['POST', '/api/uploads/{sessionId}/parts', { partNumber: 1 }],
  ['POST', '/api/uploads/{sessionId}/complete', {}],
  ['POST', '/api/uploads/{sessionId}/pause', {}],
  ['POST', '/api/uploads/{sessionId}/resume', {}],
  ['POST', '/api/uploads/{sessionId}/cancel', {}],
] as const;
const WITH_BODY = ROUTES.filter(([, , body]) => body !== undefined);
const WITH_ID = ROUTES.filter(([, path]) => path.includes('{'));
const PATHS = [...new Set(ROUTES.map(([, path]) => path))];

const fill = (path: string, video = videoId, session = sessionId) =>
  path.replace('{videoId}', video).replace('{sessionId}', session);
const JSON_TYPE = { 'Content-Type': 'application/json' };

test.each(WITH_BODY)('%s %s: malformed JSON is 400', async (method, path) => {
  for (const body of ['{', '{"a":1}}', "{'a':1}", '\ufeff{', 'NaN', '[1,]', '"\u0001"'])
    await refused(await api.call(method, fill(path), { body, headers: JSON_TYPE }), 400, 'malformed_json');
  const invalidUtf8 = new Uint8Array([0x22, 0xff, 0x22]);
  const response = await api.call(method, fill(path), { body: invalidUtf8, headers: JSON_TYPE });
  await refused(response, 400, 'malformed_json');
});

test.each(WITH_BODY)('%s %s: any body that is not JSON is 415', async (method, path, json) => {
  const body = JSON.stringify(json);
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'multipart/form-data',
    '',
  ])
    await refused(
      await api.call(method, fill(path), { body, headers: { 'Content-Type': type } }),
      415,
      'unsupported_media_type',
    );
});

test.each(WITH_BODY)('%s %s: a huge body is 413', async (method, path) => {
  const body = JSON.stringify({ title: 'x'.repeat(1024 * 1024) });
  await refused(await api.call(method, fill(path), { body, headers: JSON_TYPE }), 413, 'body_too_large');
});

test.each(WITH_BODY)('%s %s: an unknown member is 422', async (method, path, json) => {
  const response = await api.call(method, fill(path), { json: { ...json, nobodyKnowsMe: 1 } });
  const problem = await refused(response, 422, 'invalid_request');
  expect(problem.errors).toEqual([{ field: 'nobodyKnowsMe', message: expect.any(String) }]);
});

test.each(WITH_BODY)('%s %s: JSON that is no object is 422', async (method, path) => {
  for (const body of ['null', '[]', '7', '"x"', 'true', '[['.repeat(20_000) + ']]'.repeat(10)].slice(0, 5))
    await refused(await api.call(method, fill(path), { body, headers: JSON_TYPE }), 422, 'invalid_request');
});

test.each(WITH_BODY)('%s %s: nesting without end is 422', async (method, path) => {
  const body = '['.repeat(20_000) + ']'.repeat(20_000);
  await refused(await api.call(method, fill(path), { body, headers: JSON_TYPE }), 422, 'invalid_request');
});

test.each(WITH_BODY)(
  '%s %s: NUL and lone surrogates are 422, in values and in names',
  async (method, path, json) => {
    for (const poison of ['\\u0000', '\\ud800', '\\udc00x']) {
      for (const member of [`"title":"${poison}"`, `"a${poison}":1`, `"parts":[{"etag":"${poison}"}]`]) {
        const body = JSON.stringify(json).replace(
          /}$/,
          `${Object.keys(json ?? {}).length > 0 ? ',' : ''}${member}}`,
        );
        await refused(
          await api.call(method, fill(path), { body, headers: JSON_TYPE }),
          422,
          'invalid_request',
        );
      }
    }
  },
);

test.each(WITH_ID)('%s %s: an id that is no UUID is 404 of its own', async (method, path, json) => {
  for (const id of ['x', '123', '%20', `${randomUUID()}x`, "'", 'a'.repeat(1000), '%F0%9F%8F%A1', '*']) {
    const response = await api.call(method, fill(path, id, id), { ...(json && { json }) });
    await refused(response, 404, path.includes('{videoId}') ? 'video_not_found' : 'upload_not_found');
  }
});

test.each(WITH_ID)('%s %s: what belongs to somebody else is 404', async (method, path, json) => {
  const response = await api.call(method, fill(path), { as: randomUUID(), ...(json && { json }) });
  await refused(response, 404, path.includes('{videoId}') ? 'video_not_found' : 'upload_not_found');
});

test.each(ROUTES)('%s %s: without a good token 401', async (method, path, json) => {
  const body = json && { json };
  const header = (value: string) =>
    api.call(method, fill(path), { as: null, headers: { Authorization: value }, ...body });
  const answers = [await api.call(method, fill(path), { as: null, ...body })];
  for (const value of ['Bearer', 'Bearer x', 'Basic eDp4', `Bearer ${'a.'.repeat(5000)}`])
    answers.push(await header(value));
  for (const response of answers) {
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    await refused(response, 401, 'unauthenticated');
  }
});

test.each(PATHS)('%s: a method that it does not have is 405 before anything else', async (path) => {
  const known = ROUTES.filter(([, other]) => other === path).map(([method]) => method as string);
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'PROPFIND']) {
    if (known.includes(method)) continue;
    const headers = { 'Content-Type': 'text/plain' };
    const body = method === 'GET' ? {} : { body: 'x' };
    const response = await api.call(method, fill(path), { as: null, headers, ...body });
    expect(response.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(known));
    await refused(response, 405, 'method_not_allowed');
  }
});

test.each(PATHS)('%s: broken percent-encoding and NUL are 400', async (path) => {
  for (const bad of ['%', '%zz', '%ff', '%c3%28', '%00', '%ed%a0%80'])
    for (const url of [`${fill(path)}?cursor=${bad}`, `${fill(path)}/${bad}`])
      await refused(await api.call('GET', url), 400, 'invalid_request');
});

test('whatever is sent to whatever path, the answer is never 5xx', async () => {
  const routes = fc.constantFrom(...ROUTES);
  const ids = fc.oneof(fc.constant(undefined), fc.uuid(), fc.string({ unit: 'binary', maxLength: 40 }));
  const members = fc.constantFrom(
    'title',
    'description',
    'sourceMime',
    'sourceSizeBytes',
    'partNumber',
    'parts',
    'metadata',
  );
  const objects = fc.dictionary(fc.oneof(members, fc.string()), fc.jsonValue({ maxDepth: 3 }), {
    maxKeys: 5,
  });
  const queries = fc.dictionary(
    fc.constantFrom('limit', 'cursor', 'status', 'x'),
    fc.string({ unit: 'binary' }),
    { maxKeys: 3 },
  );
  const types = fc.constantFrom(
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/ld+json',
  );
  await fc.assert(
    fc.asyncProperty(
      routes,
      ids,
      objects,
      queries,
      types,
      async ([method, template, json], id, extra, query, type) => {
        // Never the real ids with DELETE or cancel: the other cases need them.
        const encoded = id === undefined ? randomUUID() : encodeURIComponent(wellFormed(id));
        const search = new URLSearchParams(
          Object.entries(query).map(([k, v]): [string, string] => [k, wellFormed(v)]),
        );
        const path = `${fill(template, encoded, encoded)}?${search}`;
        const sent = json === undefined ? {} : { body: JSON.stringify({ ...json, ...extra }) };
        const response = await api.call(method, path, { headers: { 'Content-Type': type }, ...sent });
        expect(response.status, `${method} ${path}`).toBeLessThan(500);
        await response.arrayBuffer();
      },
    ),
    { numRuns: 400 },
  );
});

function wellFormed(text: string): string {
  return text.toWellFormed().replaceAll('/', '_').replace(/^\.+$/, '_');
}

async function refused(response: Response, status: number, code: string) {
  const problem = await problemOf(response);
  expect([problem.status, problem.code, problem.detail]).toEqual([status, code, expect.any(String)]);
  return problem;
}
