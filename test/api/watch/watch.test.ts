import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { draft, publish, uploaded } from '../pipeline-steps.ts';
import { createTestApi, problemOf, type TestApi } from '../test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const visit = (path: string) => api.call('GET', path, { as: null });

test('a viewer without a token is told state, title, poster and stream, and nothing else', async () => {
  const id = await draft(api, { title: 'Tour', description: 'private notes' });
  const early = await visit(`/watch/${id}.json`);
  expect(early.status).toBe(200);
  expect(early.headers.get('cache-control')).toBe('no-store');
  expect(await early.json()).toEqual({ status: 'DRAFT', title: 'Tour', posterUrl: null, streamUrl: null });
  const { videoId } = await uploaded(api);
  const prefix = await publish(api, videoId, { 'master.m3u8': '#EXTM3U\n' });
  expect(await (await visit(`/watch/${videoId}.json`)).json()).toEqual({
    status: 'READY',
    title: 'Tour',
    posterUrl: null,
    streamUrl: `http://localhost:4000/media/${prefix}master.m3u8`,
  });
});

test('the page shows the title as text, whatever is in it', async () => {
  const title = `<script>alert(1)</script> "quoted" & 'more'`;
  const response = await visit(`/watch/${await draft(api, { title })}`);
  expect(response.status).toBe(200);
  const page = await response.text();
  expect(page).not.toContain('<script>alert');
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &quot;quoted&quot; &amp; &#39;more&#39;');
});

test('the page runs no inline script and loads nothing from elsewhere', async () => {
  const response = await visit(`/watch/${await draft(api)}`);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toContain('unsafe');
  const page = await response.text();
  // A data block is not run; everything else that is a script has a source of ours.
  for (const [tag] of page.matchAll(/<script[^>]*>/g))
    expect(tag).toMatch(/ src="\/watch-assets\/| type="application\/json"/);
  expect(page).not.toMatch(/\son\w+=|style=|https?:\/\/(?!localhost:4000)/);
});

test('every file that the page names is there, to be kept for ever', async () => {
  const page = await (await visit(`/watch/${await draft(api)}`)).text();
  const names = [...page.matchAll(/"(\/watch-assets\/[^"]+)"/g)].map(([, name]) => name ?? '');
  expect(names.map((name) => name.split('/').at(-1)).sort()).toEqual([
    'hls.js',
    'hls.worker.js',
    'player.js',
    'watch.css',
    'watch.js',
  ]);
  for (const name of names) {
    const response = await api.call('GET', name, { as: null, headers: { 'Accept-Encoding': 'gzip' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/(javascript|css)/);
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(response.headers.get('content-encoding')).toBe('gzip');
  }
});

test('a file asked for by an older page is sent on to the present one', async () => {
  const response = await visit('/watch-assets/0000/watch.js');
  expect(response.status).toBe(302);
  expect((await visit(response.headers.get('location') ?? '')).status).toBe(200);
  expect((await visit('/watch-assets/0000/%2e%2e%2fpage.ts')).status).toBe(404);
  expect((await visit('/watch-assets/0000/routes.ts')).status).toBe(404);
});

test.each([() => randomUUID(), () => 'nonsense', () => '%3Cscript%3E'])(
  'an id that names no video is a 404 page, and a problem for programs',
  async (id) => {
    const page = await visit(`/watch/${id()}`);
    expect(page.status).toBe(404);
    expect(page.headers.get('content-type')).toContain('text/html');
    const json = await visit(`/watch/${id()}.json`);
    expect((await problemOf(json)).code).toBe('video_not_found');
  },
);
