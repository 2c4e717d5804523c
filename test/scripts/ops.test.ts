import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TranscodeFailure } from '#providers/transcoders/transcoder.ts';
import { startProgram } from '#test/support/processes.ts';
import { runTask, useStage } from '../domain/stage.ts';

const stage = useStage({ transcodeAttempts: 1, maxActiveJobsPerOwner: 100 });
beforeEach(async () => {
  await stage.sql('delete from graphile_worker._private_jobs');
  await stage.sql('delete from dead_letters');
});
afterEach(async () => {
  stage.reset();
  await stage.sql('update pipeline_control set paused_at = null, reason = null, max_open_attempts = null');
});

/** `npm run ops -- ...` in a process of its own, with no terminal. */
async function ops(words: readonly string[], env: Readonly<Record<string, string>> = stage.platform.env) {
  await using program = startProgram(['scripts/ops.ts', ...words], env);
  const { code } = await program.ended;
  return { code, out: program.out(), err: program.err() };
}

/** As `ops`, with --json: stdout is one document and nothing else. */
async function json(...words: string[]) {
  const { code, out, err } = await ops([...words, '--json']);
  return { code, err, document: JSON.parse(out) as Record<string, unknown> };
}

async function failed(): Promise<string> {
  const { videoId } = await stage.probed();
  stage.transcoder.script.push(() => Promise.reject(new TranscodeFailure('TRANSCODE_ERROR', 'no')));
  await runTask('transcode', stage.system(), { jobId: (await stage.openAttempt(videoId)).id });
  return videoId;
}

describe('the rollback plan, verb by verb', () => {
  test('for people: each says what it did and what to do next', async () => {
    const { videoId } = await stage.probed();
    const paused = await ops(['pause', '--reason', 'wrong colours']);
    expect(paused).toMatchObject({ code: 0, err: '' });
    expect(paused.out).toMatch(
      /^The pipeline is paused\.\nNo video is taken into work, .*\n1 attempt in the queue/,
    );
    expect(paused.out).toMatch(/\nNext: ops freeze/);
    const status = await ops(['status']);
    expect(status.out).toMatch(/^PAUSED since \S+: wrong colours; no throttle\.\n/);
    expect(status.out).toContain(`\nSteered last by ${userInfo().username}@${hostname()}, `);
    expect(status.out).toMatch(/\nWaiting for their turn: 1\nowner +attempts +oldest/);
    const frozen = await ops(['freeze', '--older-than', '0s', '--waiting', '--yes']);
    expect(frozen).toMatchObject({ code: 0, err: '' });
    expect(frozen.out).toContain(videoId);
    expect(frozen.out).toMatch(/1 video frozen with ROLLBACK; its owner is told once\.\nNext: /);
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'ROLLBACK']);
    expect((await ops(['freeze', '--older-than', '0s', '--waiting', '--yes'])).out).toBe(
      'Nothing has been at work for that long.\nLeft out: next versions of READY videos (--include-ready).\nNext: ops status\n',
    );
    // Nothing is asked where no CDN is.
    const dropped = await ops(['invalidate', '--video', videoId]);
    expect(dropped).toMatchObject({
      code: 0,
      out: `Nothing was cached: the API serves videos/${videoId}/ itself.\n`,
    });
    expect((await ops(['resume'])).out).toMatch(/^The pipeline goes on\.\nNo throttle holds it back\.\n/);
    const replayed = await ops(['replay', '--reason', 'ROLLBACK']);
    expect(replayed.out).toMatch(
      /\n1 of 1 video will be transcoded again; the last one begins at \S+\.\nNext: /,
    );
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
  });

  test('for scripts: one JSON document each', async () => {
    const videoId = await failed();
    expect(await json('pause')).toMatchObject({ code: 0, err: '', document: { wasPaused: false } });
    expect((await json('throttle', '2')).document).toMatchObject({ maxOpenAttempts: 2, isPaused: true });
    expect((await json('status')).document).toMatchObject({
      maxOpenAttempts: 2,
      deadLetters: [{ task: 'transcode', reason: 'TRANSCODE_ERROR', letters: 1 }],
    });
    expect((await json('freeze', '--older-than', '30m', '--yes')).document).toEqual({
      frozen: [],
      movedOn: [],
      runsElsewhere: 0,
      isComplete: true,
    });
    expect((await json('invalidate', `videos/${videoId}/hls/`, '--yes')).document).toMatchObject({
      isCached: false,
    });
    expect((await json('replay', '--dry-run')).document).toMatchObject({
      dryRun: true,
      isPaused: true,
      counts: { queued: 1, source_gone: 0 },
      videos: [{ videoId, outcome: 'queued' }],
    });
    expect((await json('resume', '--keep-throttle')).document).toMatchObject({ maxOpenAttempts: 2 });
    expect((await ops(['resume'])).out).toMatch(
      /^The pipeline was not paused\.\nThe throttle of 2 attempts is gone as well; /,
    );
  });
});

test('dead letters are listed, shown and retried, one or all of a reason', async () => {
  const [first, second] = [await failed(), await failed()];
  const { document } = await json('dead-letters', 'list', '--reason', 'TRANSCODE_ERROR');
  const items = document.items as { id: string; videoId: string }[];
  expect(items.map(({ videoId }) => videoId)).toEqual([second, first]);
  const id = items[0]?.id ?? '';
  const shown = await ops(['dead-letters', 'show', id]);
  expect(shown.out).toContain(`videoId    ${second}`);
  expect(shown.out).toContain(`Next: ops dead-letters retry ${id}`);
  expect((await ops(['dead-letters', 'retry', id])).out).toMatch(/^Queued again: /);
  expect(await stage.standing(second)).toEqual(['TRANSCODING', null]);
  const all = await json(
    'dead-letters',
    'retry',
    '--all',
    '--reason',
    'TRANSCODE_ERROR',
    '--per-minute',
    '60',
  );
  expect(all).toMatchObject({
    code: 0,
    document: { problem: null, letters: [{ videoId: first, refused: null }] },
  });
  expect((await ops(['dead-letters', 'list'])).out).toBe('There are no dead letters.\n');
});

test('done in part is exit code 4: what was refused is named', async () => {
  const video = await failed();
  await stage.sql("update videos set fail_reason = 'SOURCE_TRUNCATED' where id = ?", [video]);
  const { code, out } = await ops(['dead-letters', 'retry', '--all', '--reason', 'TRANSCODE_ERROR']);
  expect(code).toBe(4);
  expect(out).toContain('The source itself failed with SOURCE_TRUNCATED');
  expect(out).toContain('0 of 1 dead letter queued again.');
});

test.each([
  [['freeze', '--older-than', '30m'], /Nothing was done: say --yes where nobody can be asked\.\n$/],
  [['invalidate', 'uploads/', '--yes'], /^The prefix must begin with videos\//],
  [['invalidate', '--video', randomUUID(), '--yes'], /^There is no video \S+; for one that is deleted: ops /],
  [['dead-letters', 'show', randomUUID()], /^There is no dead letter /],
])('%j is refused: exit code 3 and one line', async (words, line) => {
  const { code, err, out } = await ops(words);
  expect(code).toBe(3);
  expect(err).toMatch(line);
  expect(err.trimEnd()).not.toContain('\n');
  expect(out).toBe('');
});

test.each([
  [['invalidate', '--yes'], /^Name one of a prefix, --video <id> and --everything\.\n$/],
  [['dead-letters', 'retry', '--all'], /^Name one id, or --all with a --reason\.\n$/],
  [['status', '--watch', '--json'], /^--watch is for people/],
])('%j does not go together: exit code 2 and one line', async (words, line) => {
  const { code, err, out } = await ops(words);
  expect(code).toBe(2);
  expect(err).toMatch(line);
  expect(err.trimEnd()).not.toContain('\n');
  if (words.includes('--json')) expect(JSON.parse(out)).toMatchObject({ error: { code: 'wrong_usage' } });
  else expect(out).toBe('');
});

test.each([
  [['throttle', '0'], 'It must be a whole number from 1 to'],
  [['freeze'], "required option '--older-than <time>' not specified"],
  [['paus'], 'Did you mean pause?'],
])('%j is wrong usage: exit code 2', async (words, text) => {
  const { code, err, out } = await ops(words, {});
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(text);
});

test('--help says what there is and how it ends, without a deployment', async () => {
  const { code, out, err } = await ops(['--help'], {});
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const verb of [
    'status',
    'pause',
    'throttle',
    'freeze',
    'invalidate',
    'resume',
    'replay',
    'dead-letters',
    'move',
  ])
    expect(out).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
  expect(out).toMatch(/^Exit codes:\n {2}0 +done\n/m);
  expect((await ops(['freeze', '--help'], {})).out).toContain('--older-than <time>');
});

describe('a part that is away', () => {
  test('the database: one clear line, exit code 1, and a document for scripts', async () => {
    const env = { ...stage.platform.env, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x' };
    const people = await ops(['pause'], env);
    expect(people).toMatchObject({ code: 1, out: '' });
    expect(people.err).toMatch(/^Postgres at 127\.0\.0\.1:1 refuses connections; .*\n$/);
    const script = await ops(['status', '--json'], env);
    expect(script.code).toBe(1);
    expect(JSON.parse(script.out)).toMatchObject({ error: { code: 'not_started' } });
  });

  test('storage: pausing and looking work, a replay says what is left', async () => {
    const videoId = await failed();
    const env = { ...stage.platform.env, S3_ENDPOINT: 'http://127.0.0.1:1' };
    expect((await ops(['pause'], env)).code).toBe(0);
    expect((await ops(['status'], env)).out).toMatch(/^PAUSED/);
    const replayed = await ops(['replay'], env);
    expect(replayed.code).toBe(4);
    expect(replayed.out).toMatch(/Storage does not answer \(.*\): run it again for the others\./);
    expect(await stage.standing(videoId)).toEqual(['FAILED', 'TRANSCODE_ERROR']);
  });

  test('no deployment at all: what to do', async () => {
    const { code, err } = await ops(['status'], { SLUICE_DIR: '/tmp/nowhere-at-all' });
    expect(code).toBe(1);
    expect(err).toMatch(/^No database and storage: run `npm start` in this folder first/);
  });
});

test('--watch goes on until Ctrl-C, and then ends with the code for it', async () => {
  await using program = startProgram(
    ['scripts/ops.ts', 'status', '--watch', '--every', '1'],
    stage.platform.env,
  );
  await program.says('The pipeline runs');
  program.signal('SIGINT');
  expect((await program.ended).code).toBe(130);
  expect(program.err()).toBe('');
});
