import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import { freePort } from '#test/support/ports.ts';
import { type Program, startProgram } from '#test/support/processes.ts';
import { attemptsOf, untilEncoding } from './attempts.ts';
import { longClip } from './long-clip.ts';
import { type OwnServers, startOwnServers } from './own-servers.ts';
import { type Owner, ownerOf } from './owner.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

let servers: OwnServers;
let api: Program;
let worker: WorkerProcess;
let owner: Owner;
let address: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  servers = await startOwnServers();
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  env = { ...servers.env, PORT: String(port), PUBLIC_URL: address, TRANSCODE_LEASE_SECONDS: '20' };
  api = startProgram(['api/main.ts'], env);
  await api.says('the API is ready');
  worker = await startWorkerProcess(env);
  owner = ownerOf((path, init) => fetch(address + path, init), await servers.token(randomUUID()));
}, 200_000);

afterAll(async () => {
  await worker?.[Symbol.asyncDispose]();
  await api?.[Symbol.asyncDispose]();
  await servers?.[Symbol.asyncDispose]();
}, 100_000);

describe('a server behind a running deployment is restarted', { timeout: 300_000 }, () => {
  test('Postgres stopped and started in mid-encode: 503 meanwhile, then everything goes on by itself and the video is READY', async () => {
    const videoId = await owner.upload(await longClip());
    await untilEncoding(servers.databaseUrl, videoId);
    await servers.endPostgres('stop');
    await expectRefusal(() => owner.send('GET', `/api/videos/${videoId}`), 'database_unavailable');
    expect((await fetch(`${address}/health/ready`)).status).toBe(503);
    expect((await fetch(`${address}/health/live`)).status).toBe(200);

    await servers.startPostgres();
    await untilServed();
    await owner.play(await owner.untilReady(videoId));
    expectSurvivors();
  });

  test('Postgres killed with -9 and away until the attempt has ended: the video is READY all the same', async () => {
    const videoId = await owner.upload(await longClip());
    await untilEncoding(servers.databaseUrl, videoId);
    await servers.endPostgres('kill -9');
    // Not only the encode: its job has ended too, and nobody could write that down.
    const said = worker.out().length;
    const isOver = async () => /"job failed"|not renewed in time/.test(worker.out().slice(said));
    await waitFor('the attempt to end', isOver, { timeoutMs: 60_000 });
    await expectRefusal(() => owner.send('POST', '/api/videos', draft), 'database_unavailable');

    await servers.startPostgres();
    await untilServed();
    await owner.play(await owner.untilReady(videoId));
    const attempts = await attemptsOf(servers.databaseUrl, videoId);
    expect(attempts.every(({ failed_before }) => failed_before === 0)).toBe(true);
    expectSurvivors();
  });

  test('the S3 server killed with -9 in mid-encode: 503 meanwhile, then an upload completes and both videos are READY', async () => {
    const videoId = await owner.upload(await longClip());
    await untilEncoding(servers.databaseUrl, videoId);
    const waiting = await owner.store(await makeClip('one-second'));
    await servers.killS3();
    const complete = () => owner.send('POST', `${waiting.sessionPath}/complete`);
    await expectRefusal(complete, 'storage_unavailable');
    const health = await fetch(`${address}/health/ready`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: 'degraded', database: 'ok' });

    await servers.startS3();
    expect((await complete()).status).toBe(200);
    await owner.play(await owner.untilReady(videoId));
    await owner.play(await owner.untilReady(waiting.videoId));
    expectSurvivors();
  });

  test('a worker told to stop while Postgres is away ends, and another goes on when it is back', async () => {
    const videoId = await owner.upload(await longClip());
    await untilEncoding(servers.databaseUrl, videoId);
    await servers.endPostgres('stop');
    worker.signal('SIGTERM');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect(await worker.encoders()).toEqual([]);
    expect(await worker.leftovers()).toEqual([]);

    await servers.startPostgres();
    await worker[Symbol.asyncDispose]();
    worker = await startWorkerProcess(env);
    await owner.play(await owner.untilReady(videoId));
    const attempts = await attemptsOf(servers.databaseUrl, videoId);
    expect(attempts.map(({ state, failed_before }) => [state, failed_before])).toEqual([
      ['LOST', 0],
      ['SUCCEEDED', 0],
    ]);
  });
});

const draft = { title: 'Meanwhile', sourceMime: 'video/mp4', sourceSizeBytes: 1000 };

async function expectRefusal(call: () => Promise<Response>, code: string): Promise<void> {
  const response = await call();
  expect(await response.json()).toMatchObject({ status: 503, code });
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
}

/** By itself: nobody restarts the API. */
async function untilServed(): Promise<void> {
  await waitFor('the API to serve again', async () => (await owner.send('GET', '/api/videos')).ok, {
    timeoutMs: 60_000,
  });
}

function expectSurvivors(): void {
  for (const program of [api, worker]) {
    expect(program.isOver()).toBe(false);
    expect(program.out()).not.toContain('nobody caught');
  }
}
