import { randomBytes } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import { makeClip } from '#test/support/clips.ts';
import { holdPort } from '#test/support/ports.ts';
import { createTestDatabase } from '#test/support/postgres.ts';
import { startCommand, startProgram } from '#test/support/processes.ts';
import { attemptsOf, untilEncoding } from './attempts.ts';
import { makeLaptop } from './laptop.ts';
import { longClip } from './long-clip.ts';

describe.concurrent('npm start', { timeout: 300_000 }, () => {
  test('what played still plays after everything was killed with -9, and an encode goes on through kill, SIGTERM and a worker of its own', async () => {
    await using laptop = await makeLaptop({ TRANSCODE_LEASE_SECONDS: '9' });
    let running = await laptop.start();
    const owner = await laptop.owner();
    const first = await owner.untilReady(await owner.upload(await makeClip('one-second')));
    const segments = await owner.play(first);
    const videoId = await owner.upload(await longClip());
    await untilEncoding(laptop.databaseUrl(), videoId);
    await laptop.killEverything(running);

    running = await laptop.start();
    expect(await owner.play(first)).toBe(segments);
    await untilEncoding(laptop.databaseUrl(), videoId, 2);
    running.signal('SIGTERM');
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(running.err()).toBe('');
    expect(await laptop.helpers()).toEqual([]);

    running = await laptop.start('--no-worker');
    await using worker = startProgram(['worker/main.ts'], laptop.env);
    const stream = await owner.untilReady(videoId);
    expect(await owner.play(stream)).toBeGreaterThan(10);
    expect(await owner.play(first)).toBe(segments);
    const attempts = await attemptsOf(laptop.databaseUrl(), videoId);
    expect(attempts.map(({ state, failed_before }) => [state, failed_before])).toEqual([
      ['LOST', 0],
      ['HANDED_BACK', 0],
      ['SUCCEEDED', 0],
    ]);
    for (const program of [worker, running]) {
      program.signal('SIGTERM');
      expect(await program.ended).toEqual({ code: 0, signal: null });
    }
    expect(await laptop.helpers()).toEqual([]);
  });

  test('what keeps it from starting is one line and exit code 1, and nothing of it runs on', async () => {
    await using laptop = await makeLaptop();
    const refusal = async (env: Readonly<Record<string, string>>) => {
      const program = laptop.tryToStart(env);
      expect(await program.ended, program.out()).toEqual({ code: 1, signal: null });
      expect(program.err().trimEnd().split('\n'), program.err()).toHaveLength(1);
      expect(await laptop.helpers()).toEqual([]);
      return program.err();
    };
    await using taken = await holdPort(0);
    const port = String(taken.port);
    expect(await refusal({ PORT: port, S3_PORT: laptop.env.PORT ?? '' })).toContain(`Port ${port} of`);
    expect(await refusal({ S3_PORT: port })).toContain(`Port ${port} of`);
    expect(await refusal({ DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' })).toContain('127.0.0.1:1');
    expect(await refusal({ FFMPEG_PATH: '/etc/hostname' })).toContain('/etc/hostname');
    expect(await refusal({ FFMPEG_PATH: '/bin/true' })).toContain('/bin/true');
    const s3 = inject('s3');
    const wrongKey = {
      S3_ENDPOINT: s3.url,
      S3_VENDOR: 'embedded',
      S3_REGION: 'us-east-1',
      S3_ACCESS_KEY_ID: s3.accessKeyId,
      S3_SECRET_ACCESS_KEY: 'wrong',
      S3_SOURCE_BUCKET: 'wrong-sources',
      S3_MEDIA_BUCKET: 'wrong-media',
    };
    expect(await refusal(wrongKey)).toContain('S3_SECRET_ACCESS_KEY');
  });

  test('a second one in the same folder is refused in one line, and the first goes on', async () => {
    await using laptop = await makeLaptop();
    const first = await laptop.start();
    const second = laptop.tryToStart();
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.err()).toMatch(/^`npm start` already runs in this folder.*\n$/);
    expect((await (await laptop.owner()).send('GET', '/api/videos')).status).toBe(200);
    first.signal('SIGINT');
    expect(await first.ended).toEqual({ code: 0, signal: null });
    expect(await laptop.helpers()).toEqual([]);
  });

  test('in the image every missing variable is named, by every role', async () => {
    const roles = ['bootstrap/standalone.ts', 'api/main.ts', 'worker/main.ts', 'bootstrap/migrate.ts'];
    for (const role of roles) {
      await using program = startProgram([role], { SLUICE_IMAGE: '1' });
      expect(await program.ended).toEqual({ code: 1, signal: null });
      expect(program.out()).toBe('');
      expect(program.err()).toContain('DATABASE_URL is not set');
      if (role !== 'bootstrap/migrate.ts')
        for (const name of ['PUBLIC_URL', 'S3_REGION', 'S3_SOURCE_BUCKET', 'S3_MEDIA_BUCKET', 'JWT_SECRET'])
          expect(program.err()).toContain(`${name} is not set`);
    }
  });

  test('npm run migrate again, and two at once, change nothing and exit with 0', async () => {
    const database = await createTestDatabase();
    try {
      const env = { DATABASE_URL: database.url, SLUICE_DIR: `/nowhere-${randomBytes(4).toString('hex')}` };
      const both = [1, 2].map(() => startCommand(['npm', 'run', 'migrate'], env));
      for (const program of both) {
        expect(await program.ended, program.err()).toEqual({ code: 0, signal: null });
        expect(program.out()).toContain('nothing to migrate');
      }
    } finally {
      await database.drop();
    }
  });
});
