import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERROR_CODES } from '#domain/errors.ts';
import { createTestApi, type TestApi } from './test-api.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: string[];
  readonly security?: object[];
  readonly parameters?: { in: string; name: string }[];
  readonly responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}
interface Document {
  readonly openapi: string;
  readonly servers: { url: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, { required?: string[]; additionalProperties?: unknown }> };
}

let api: TestApi;
let document: Document;
beforeAll(async () => {
  api = await createTestApi();
  document = (await (await api.call('GET', '/openapi.json', { as: null })).json()) as Document;
});
afterAll(() => api.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );

test('the description is OpenAPI 3.1 and names where the API is', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(document.servers).toEqual([{ url: 'http://localhost:4000' }]);
});

/** Pages, what they are made of, and published objects, whose addresses answers give. */
const FOR_PEOPLE =
  /^GET \/(|docs|openapi\.json|problems|favicon\.ico|\w+-assets\/.*|media\/\*|watch\/\{id\})$/;

test('every route that programs use is described, and nothing else is', () => {
  const described = operations().map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  const served = api.app.routes
    .filter(({ method }) => method !== 'ALL' && method !== 'OPTIONS')
    .map(
      ({ method, path }) =>
        `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}').replace('}/*', '}/{file}')}`,
    )
    .filter((route) => !FOR_PEOPLE.test(route));
  expect([...new Set(described)].sort()).toEqual([...new Set(served), 'GET /watch/{videoId}.json'].sort());
});

test('every name in a path is a parameter of its operation', () => {
  for (const { path, method, parameters = [] } of operations()) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    expect(declared.sort(), `${method} ${path}`).toEqual(named.sort());
  }
});

test('every operation has a name of its own, a summary, a tag and a refusal that is a problem', () => {
  const ids = operations().map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, summary, tags, responses } of operations()) {
    expect(summary, path).toBeTruthy();
    expect(tags, path).toHaveLength(1);
    if (!/^\/(health|metrics)/.test(path))
      expect(responses['500']?.content, path).toHaveProperty(['application/problem+json']);
  }
});

test('every route under /api asks who is calling, but for the policies and for a token in the path', async () => {
  for (const { path, method, security } of operations()) {
    if (!path.startsWith('/api') || /^\/api\/upload-policies$|\{uploadToken\}/.test(path)) continue;
    expect(security, path).toHaveLength(1);
    const response = await api.call(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x'), { as: null });
    expect(response.status, `${method} ${path}`).toBe(401);
  }
});

test('requests are closed to unknown members in the description too', () => {
  for (const name of ['CreateVideo', 'UpdateVideo', 'StartUpload', 'SignParts', 'CompleteUpload', 'Empty'])
    expect(document.components.schemas[name]?.additionalProperties, name).toBe(false);
});

test('every code of the domain is explained where its problems lead', async () => {
  const page = await (await api.call('GET', '/problems', { as: null })).text();
  for (const code of ERROR_CODES) expect(page).toContain(`<tr id="${code}">`);
});

test('the page over it comes whole from here, under a policy without inline scripts', async () => {
  const response = await api.call('GET', '/docs', { as: null });
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self';");
  const page = await response.text();
  const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file]) => file ?? '');
  expect(files).toHaveLength(4);
  for (const file of files) expect((await api.call('GET', file, { as: null })).status).toBe(200);
  expect(page).not.toMatch(/https?:/);
});

test('the first page leads to what there is', async () => {
  const page = await (await api.call('GET', '/', { as: null })).text();
  for (const [, link] of page.matchAll(/href="(\/[^"]+)"/g))
    expect((await api.call('GET', link ?? '', { as: null })).status, link).toBe(200);
  expect((await api.call('GET', '/favicon.ico', { as: null })).status).toBe(204);
});
