import { existsSync } from 'node:fs';
import { identityOfStorage } from '#bootstrap/second-storage.ts';
import type { Storages } from '#domain/storages.ts';
import { Refusal } from './verb.ts';

/**
 * Which of the two storages `--to` means: by its place in the configuration, by its name, or by the file that holds its
 * variables. Throws Refusal where it is neither of the two, StartFailure for a file that is none.
 */
export function chooseTarget({ own, second }: Storages, to: string): string {
  if (!second)
    throw new Refusal(
      'There is one storage only: set SECOND_STORAGE here and for every process (docs/moving.md).',
    );
  if (to === 'second') return second.id;
  if (to === 'own') return own.id;
  // On a command line everybody on this machine could read its key.
  if (/[{=]/.test(to))
    throw new Refusal('--to takes `second`, `own`, a name or a file, not the variables themselves.');
  const id = existsSync(to) ? identityOfStorage(to) : to;
  if (id === own.id || id === second.id) return id;
  throw new Refusal(
    `${id} is neither of the two storages that this deployment knows: ${own.id}, ${second.id}.`,
  );
}
