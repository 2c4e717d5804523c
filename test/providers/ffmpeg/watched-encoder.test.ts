import { expect, test } from 'vitest';
import { type EncoderLimits, startEncoder } from '#providers/transcoders/ffmpeg/watched-encoder.ts';

const shell = (script: string) => ({
  command: '/bin/sh',
  args: ['-c', script],
  memoryMaxBytes: 0,
  prlimit: null,
});
const limits = (overrides: Partial<EncoderLimits> = {}): EncoderLimits => ({
  stallSeconds: 20,
  totalSeconds: 60,
  signal: new AbortController().signal,
  onFrame: () => undefined,
  ...overrides,
});

test('frames are told as they are counted', async () => {
  const frames: number[] = [];
  const script = 'for n in 1 5 5 9; do echo "frame=$n"; echo "progress=continue"; done >&3; exit 7';
  const encoder = startEncoder(shell(script), limits({ onFrame: (frame) => frames.push(frame) }));
  expect(await encoder.ended).toMatchObject({ exitCode: 7 });
  expect(frames).toEqual([1, 5, 9]);
});

test('saying the same again and again is no progress', async () => {
  const script = 'while sleep 0.05; do echo "frame=5" >&3; done';
  const { ended } = startEncoder(shell(script), limits({ stallSeconds: 0.3 }));
  await expect(ended).rejects.toMatchObject({ code: 'TRANSCODE_TIMEOUT' });
});

test('a paused encoder does not count as hung until it goes on', async () => {
  const events: string[] = [];
  const encoder = startEncoder(shell('sleep 60'), limits({ stallSeconds: 0.2 }));
  encoder.pause();
  setTimeout(() => {
    events.push('goes on');
    encoder.resume();
  }, 800);
  await encoder.ended.catch(() => events.push('hung'));
  expect(events).toEqual(['goes on', 'hung']);
});

test('progress does not help against the limit on the whole', async () => {
  const script = 'n=0; while sleep 0.02; do n=$((n+1)); echo "frame=$n" >&3; done';
  const { ended } = startEncoder(shell(script), limits({ totalSeconds: 0.3 }));
  await expect(ended).rejects.toMatchObject({ code: 'TRANSCODE_TIMEOUT' });
});

test('an abort ends a paused encoder as well', async () => {
  const controller = new AbortController();
  const encoder = startEncoder(shell('sleep 60'), limits({ signal: controller.signal }));
  encoder.pause();
  controller.abort(new Error('on purpose'));
  await expect(encoder.ended).rejects.toThrow('on purpose');
});
