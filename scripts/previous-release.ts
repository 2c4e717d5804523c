/**
 * Does the release before this one run on the schema of this one? In a deploy it has to, and after a rollback it does so
 * for long (docs/rules.md, R21). Migrates a database of its own with this tree, then starts the previous release's code on
 * it and runs that release's smoke test. Run: `npm run previous-release [-- --ref <tag or commit>]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { checkOut, previousTag, type Tree } from './previous-release/checkout.ts';
import { proveOn } from './previous-release/prove.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const USAGE = 'Usage: npm run previous-release [-- --ref <tag or commit>] [--modules install|ours]';

const { ref, modules } = theArguments();
const folder = await mkdtemp(path.join(tmpdir(), 'sluice-previous-'));
try {
  const previous = ref ?? (await previousTag(ROOT));
  if (previous === null) console.log('There is no release before this one: nothing to prove.');
  else await prove(previous);
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof Error ? error.message : error);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function prove(previous: string): Promise<void> {
  console.log(`The code of ${previous}, on the schema of this tree:`);
  const tree: Tree = await checkOut(ROOT, previous, path.join(folder, 'code'), modules);
  await proveOn({ ours: ROOT, previous: tree.folder, folder: path.join(folder, 'run') }, console.log);
  console.log(`${previous} runs on this schema.`);
}

function theArguments(): { ref: string | undefined; modules: 'install' | 'ours' } {
  try {
    const { values } = parseArgs({
      options: { ref: { type: 'string' }, modules: { type: 'string', default: 'install' } },
    });
    const { modules } = values;
    if (modules === 'install' || modules === 'ours') return { ref: values.ref, modules };
  } catch {
    // Said below.
  }
  console.error(USAGE);
  return process.exit(2);
}
