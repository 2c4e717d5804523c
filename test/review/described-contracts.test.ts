import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '#test/api/test-api.ts';

interface Document {
  readonly tags: { name: string; description?: string }[];
  readonly paths: Record<
    string,
    Record<string, { tags: string[]; parameters?: { name: string; in: string }[] }>
  >;
}

let api: TestApi;
let document: Document;
beforeAll(async () => {
  api = await createTestApi();
  document = (await (await api.call('GET', '/openapi.json', { as: null })).json()) as Document;
});
afterAll(() => api.close());

test('every contract says what it is for', () => {
  const used = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ tags }) => tags),
  );
  const described = document.tags.filter(({ description }) => description).map(({ name }) => name);
  expect(described.sort()).toEqual([...new Set(used)].sort());
});

test('what may stand in the query beside a file is described', () => {
  const parameters = document.paths['/api/videos']?.post?.parameters ?? [];
  expect(parameters.filter((each) => each.in === 'query').map(({ name }) => name)).toEqual([
    'title',
    'description',
  ]);
});
