import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Releases are tagged `v1.2.3`. */
const RELEASE_TAGS = 'v[0-9]*';

/** The files of one commit, with the packages that it needs. */
export interface Tree {
  readonly folder: string;
}

/** The newest release before what is checked out here, or null where there is none. A tag of this commit is this release. */
export async function previousTag(repository: string): Promise<string | null> {
  const words = ['describe', '--tags', '--abbrev=0', '--match', RELEASE_TAGS, 'HEAD^'];
  return run('git', words, { cwd: repository }).then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  );
}

/**
 * Writes the files of a commit into a new folder, and leaves the repository as it is.
 *
 * @param modules `install`: what its lock file names; `ours`: what is installed here, where nothing may be fetched
 * @throws Error with what git or npm said
 */
export async function checkOut(
  repository: string,
  ref: string,
  folder: string,
  modules: 'install' | 'ours',
): Promise<Tree> {
  // A name that begins with a dash would be an option.
  const { stdout } = await run('git', ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`], {
    cwd: repository,
  });
  await mkdir(folder, { recursive: true });
  const archive = path.join(folder, '..', 'code.tar');
  await run('git', ['archive', '--format=tar', `--output=${archive}`, stdout.trim()], { cwd: repository });
  await run('tar', ['-xf', archive, '-C', folder]);
  if (modules === 'ours')
    await symlink(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'));
  else await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, maxBuffer: 64 * 1024 ** 2 });
  return { folder };
}
