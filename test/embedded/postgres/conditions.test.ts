import { expect, test } from 'vitest';
import { waitFor } from '#test/support/conditions.ts';

test('waitFor answers what the probe answers once it does, whatever came before', async () => {
  const answers = [undefined, false, new Error('not yet'), 0];
  const answer = await waitFor(
    'an answer',
    async () => {
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return next as number | undefined | false;
    },
    { everyMs: 1 },
  );
  expect(answer).toBe(0);
});

test('waitFor that runs out of time names the condition and what it saw last', async () => {
  const brief = { timeoutMs: 5, everyMs: 1 };
  await expect(waitFor('rain', async () => undefined, brief)).rejects.toThrow(
    /rain; the last answer was undefined/,
  );
  const throws = async (): Promise<false> => {
    throw new Error('no clouds');
  };
  await expect(waitFor('rain', throws, brief)).rejects.toThrow(/rain; the last try threw Error: no clouds/);
});
