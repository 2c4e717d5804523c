import { expect, test } from 'vitest';
import { runProgram } from '#test/bootstrap/role-process.ts';

async function cost(...args: string[]) {
  const run = runProgram(['scripts/cost.ts', ...args], {});
  return { code: await run.exited, out: run.out(), err: run.err() };
}

test('for people: the three transcoders side by side, what else it costs, and where the prices are from', async () => {
  const { code, out, err } = await cost('10', '--views', '50000', '--viewers', 'europe');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.split('\n').map((line) => line.trim().split(/\s{3,}/));
  expect(lines).toContainEqual(['ffmpeg', 'coconut', 'mediaconvert']);
  expect(lines).toContainEqual(['1080p', '0.0099', '0.1500', '0.1500']);
  expect(lines).toContainEqual(['total', '0.0225', '0.4500', '0.4800']);
  expect(lines).toContainEqual(['per source minute', '0.0023', '0.0450', '0.0480']);
  expect(out).toContain('Storage, a month');
  expect(out).toContain('Delivery, 50,000 views from europe');
  expect(out).toMatch(/coconut\/hd +0\.015 +output minute +2026-06-20 +second-hand/);
});

test('for scripts: one JSON document, money as decimal digits', async () => {
  const { code, out, err } = await cost(
    ...['1h30m', '--size', '1280x720', '--fps', '50', '--no-sound', '--transcoder', 'mediaconvert', '--json'],
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const body = JSON.parse(out);
  // 90 minutes x 0.0075 x 1.25 x (2 + 1 + 1)
  expect(body.transcode).toMatchObject({ transcoder: 'mediaconvert', usd: '3.375000' });
  expect(body.alternatives.map(({ transcoder }: { transcoder: string }) => transcoder)).toEqual([
    'ffmpeg',
    'coconut',
  ]);
  expect(out).not.toMatch(/micros/i);
  for (const { date, source, sureness } of body.prices) {
    expect(date).toMatch(/^20\d\d-/);
    expect(source).not.toBe('');
    expect(sureness).not.toBe('');
  }
});

test.each([
  [[], "missing required argument 'video'"],
  [['0'], 'A video lasts more than 0 s'],
  [['10', '--size', 'big'], 'It must look like 1920x1080 or 1080p'],
  [['10', '--fps', '0'], 'above 0'],
  [['10', '--views', '-1'], 'whole number'],
  [['10', '--viewers', 'moon'], 'Allowed choices are'],
  [['10', '--region', 'here'], 'us-east-1'],
  [['10', '20'], 'too many arguments'],
  [['nonsense'], 'There is no file nonsense; a length looks like 10 (minutes), 1h30m or 45s'],
])('wrong usage %j: one line that says what it takes, exit code 2', async (args, message) => {
  const { code, out, err } = await cost(...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
});

test.each([
  ['docs', 'docs is not a file'],
  ['package.json', 'package.json is not a video'],
])('%s: one line that says what is wrong, exit code 1', async (file, message) => {
  const { code, out, err } = await cost(file);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err.split('\n')).toEqual([expect.stringContaining(message), '']);
});
