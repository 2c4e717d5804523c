import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startProgram } from '#test/support/processes.ts';

type Answers = Readonly<Record<string, readonly [status: number, body?: unknown]>>;

/** A deployment that answers by a table of `METHOD path`; 404 for the rest. */
async function deployment(answers: (base: string) => Answers) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const call = `${request.method} ${request.url}`;
    calls.push(call);
    const [status, body] = answers(base)[call] ?? [404];
    response.writeHead(status, { 'content-type': 'application/json' });
    request.resume().on('end', () => response.end(typeof body === 'string' ? body : JSON.stringify(body)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    base,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One whose video is READY and streams from `/master.m3u8`. */
const healthy = (base: string): Answers => ({
  'GET /health/live': [200, {}],
  'POST /api/videos': [201, { id: 'v1' }],
  'POST /api/videos/v1/uploads': [201, { uploadSessionId: 's1', partSizeBytes: 8_388_608 }],
  'POST /api/uploads/s1/parts': [200, { partNumber: 1, uploadUrl: `${base}/part` }],
  'PUT /part': [200],
  'POST /api/uploads/s1/complete': [200, {}],
  'GET /api/videos/v1': [200, { id: 'v1', status: 'READY', playback: { streamUrl: `${base}/master.m3u8` } }],
  'GET /master.m3u8': [200, '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n360p.m3u8\n'],
  'GET /360p.m3u8': [200, '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n1.ts\n#EXT-X-ENDLIST\n'],
  'GET /1.ts': [200, 'media'],
  'DELETE /api/videos/v1': [204],
});

async function smoke(
  words: readonly string[],
  env: Readonly<Record<string, string>> = { SLUICE_TOKEN: 't' },
) {
  await using program = startProgram(['scripts/smoke.ts', ...words], env);
  const { code } = await program.ended;
  return { code, out: program.out(), err: program.err() };
}

test.each([
  ['upload', { 'PUT /part': [503] }, 'Storage answered 503 to part 1'],
  [
    'ready',
    { 'GET /api/videos/v1': [200, { status: 'FAILED', failReason: 'TRANSCODE_ERROR' }] },
    'TRANSCODE_ERROR',
  ],
  ['play', { 'GET /1.ts': [403] }, '/1.ts answered 403'],
  ['play', { 'GET /1.ts': [200, ''] }, '/1.ts is empty'],
  [
    'play',
    { 'GET /360p.m3u8': [200, '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n1.ts\n#EXT-X-ENDLIST\n'] },
    'lasts 1 s, the clip 2 s',
  ],
] as const)(
  'a deployment that fails at %s fails the test there, and its video is deleted',
  async (step, broken, why) => {
    await using one = await deployment((base) => ({ ...healthy(base), ...broken }) as Answers);
    const { code, err } = await smoke(['--url', one.base]);
    expect(code).toBe(1);
    expect(err).toContain(`smoke test of ${one.base}: ${step} failed: `);
    expect(err).toContain(why);
    expect(one.calls).toContain('DELETE /api/videos/v1');
  },
);

test('a deleted video that is still shown fails it', async () => {
  await using one = await deployment(healthy);
  const { code, err } = await smoke(['--url', one.base]);
  expect([code, err]).toEqual([1, expect.stringContaining('delete failed: v1 is deleted and still shown')]);
});

test('a deployment that never answers fails when the time is over, with what it answers', async () => {
  await using one = await deployment(() => ({ 'GET /health/live': [502] }));
  const { code, err } = await smoke(['--url', one.base, '--within', '2s']);
  expect([code, err]).toEqual([1, expect.stringContaining('live failed: it took too long')]);
});

test('what it needs is asked for, with exit code 2, before anything is called', async () => {
  expect(await smoke([])).toMatchObject({ code: 2, err: expect.stringContaining('--url') });
  expect(await smoke(['--url', 'ftp://example.com'])).toMatchObject({ code: 2 });
  expect(await smoke(['--url', 'http://localhost:1'], {})).toMatchObject({
    code: 2,
    err: expect.stringContaining('SLUICE_TOKEN'),
  });
});
