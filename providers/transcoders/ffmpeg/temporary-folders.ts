import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^sluice-ffmpeg-(\d+)-(\w+)-/;

/** A folder that is removed when its scope is left, however that happens. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder below `root` whose name says which process it belongs to. */
export async function makeTemporaryFolder(root: string): Promise<TemporaryFolder> {
  await mkdir(root, { recursive: true });
  const owner = `${process.pid}-${await startOf(process.pid)}`;
  const path = await mkdtemp(join(root, `sluice-ffmpeg-${owner}-`));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/**
 * Removes the folders that processes of this machine left behind when they died. Resolves to how many. `root` must not
 * be shared with another machine or container, whose living processes look dead from here.
 */
export async function sweepTemporary(root: string): Promise<number> {
  const names = await readdir(root).catch(() => []);
  let removed = 0;
  for (const name of names) {
    const [, pid, start] = NAME.exec(name) ?? [];
    if (pid === undefined || (await startOf(Number(pid))) === start) continue;
    await rm(join(root, name), { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}

/** When a process started, so that a reused pid is not taken for its owner; `gone` when there is none. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // Field 22 of proc(5), counted from behind the program's name, which may hold spaces and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown';
  } catch {
    return isAlive(pid) ? 'unknown' : 'gone';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
