import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { type RunningApi, serveApi } from '#api/serve.ts';
import { createTestPlatform, type TestPlatform } from '#test/support/platform.ts';

let platform: TestPlatform;
let api: RunningApi;
/** One connection, which the second request finds as the first has left it. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  platform = await createTestPlatform();
  api = await serveApi(createApi(platform), { port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  agent.destroy();
  await api.close(1000);
  await platform.close();
});

async function post(body: Buffer): Promise<{ status: number | undefined; reused: boolean }> {
  const headers = {
    authorization: `Bearer ${await platform.token('7b0f5f0e-3c1d-4e53-9a3f-2f6b8c1d9e00')}`,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  return new Promise((resolve, reject) => {
    const call = request(
      { agent, host: '127.0.0.1', port: api.port, path: '/upload', method: 'POST', headers },
      (answer) =>
        answer.resume().on('end', () => resolve({ status: answer.statusCode, reused: call.reusedSocket })),
    );
    call.on('error', reject).end(body);
  });
}

test('a body that is refused for its length is read away, and its connection answers the next request', async () => {
  expect(await post(Buffer.alloc(1_400_000, ' '))).toMatchObject({ status: 413 });
  expect(await post(Buffer.from('{}'))).toEqual({ status: 422, reused: true });
});
