import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the probe answers something, so that a test waits for a condition and not for a time.
 * A probe that throws counts as "not yet".
 *
 * @param what the condition in words, for the message
 * @param probe answers undefined or false as long as the condition does not hold
 * @returns what the probe answered
 * @throws Error that names the condition and the last answer or error, after `timeoutMs`
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  { timeoutMs = 60_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: string;
  let cause: unknown;
  do {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
      last = `the last answer was ${answer}`;
      cause = undefined;
    } catch (error) {
      last = `the last try threw ${error}`;
      cause = error;
    }
    await sleep(everyMs);
  } while (Date.now() < deadline);
  throw new Error(`Waited ${timeoutMs} ms for ${what}; ${last}`, { cause });
}
