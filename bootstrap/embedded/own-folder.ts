import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { StartFailure } from '../start-failure.ts';

/**
 * Makes SLUICE_DIR where it is missing. Level by level, because Node's recursive mkdir never ends below a folder that
 * takes no folders and says so by ENOENT, as /proc does.
 *
 * @throws StartFailure when it cannot be made
 */
export function makeOwnFolder(dir: string): void {
  try {
    makeLevels(path.resolve(dir));
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new StartFailure(
      `SLUICE_DIR ${dir} cannot be made (${reason}); name a folder that this account may write`,
      {
        cause: error,
      },
    );
  }
}

function makeLevels(dir: string): void {
  if (existsSync(dir)) return;
  const parent = path.dirname(dir);
  if (parent !== dir) makeLevels(parent);
  mkdirSync(dir);
}
