/**
 * Runs the real Pulumi engine over every stack file of this folder, on a local backend that is thrown away: no account of
 * Pulumi, no state of yours, nothing is made. Run: `node scripts/infra-preview.ts [stack ...]`
 *
 * Exit codes: 0 every stack was previewed; 1 a program or a configuration is at fault; 2 it could not be done here, or not
 * to the end: no `pulumi` on PATH, no plugin or no credentials of the cloud. It then says so, and what was not checked.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MEANING, type Outcome, outcomeOf } from './infra-preview/outcome.ts';
import { localStack } from './infra-preview/stack-file.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const EXIT = { previewed: 0, failed: 1, notDone: 2 } as const;
const STACK_FILE = /^Pulumi\.([A-Za-z0-9][\w.-]*)\.yaml$/;

process.exitCode = previewAll(process.argv.slice(2));

function previewAll(wanted: readonly string[]): number {
  const version = spawnSync('pulumi', ['version'], { encoding: 'utf8' });
  if (version.error || version.status !== 0) {
    console.error('There is no `pulumi` on PATH, so nothing was checked by the real engine.');
    console.error('https://www.pulumi.com/docs/install/; without it: npx vitest run --project infra');
    return EXIT.notDone;
  }
  const found = readdirSync(ROOT).flatMap((name) => STACK_FILE.exec(name)?.[1] ?? []);
  const unknown = wanted.filter((name) => !found.includes(name));
  if (unknown.length > 0 || found.length === 0) {
    console.error(
      `There is no Pulumi.${unknown[0] ?? 'STACK'}.yaml; there are: ${found.join(', ') || 'none'}.`,
    );
    return EXIT.notDone;
  }
  console.log(`pulumi ${version.stdout.trim()}, on a local backend; nothing is made.`);
  const outcomes = (wanted.length > 0 ? wanted : found).map(preview);
  if (outcomes.includes('failed')) return EXIT.failed;
  return outcomes.every((outcome) => outcome === 'previewed') ? EXIT.previewed : EXIT.notDone;
}

function preview(stack: string): Outcome {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-preview-'));
  try {
    // `stack init` writes a salt beside the project that it finds: it finds one that is thrown away too.
    const configFile = path.join(folder, `Pulumi.${stack}.yaml`);
    cpSync(path.join(ROOT, 'Pulumi.yaml'), path.join(folder, 'Pulumi.yaml'));
    const { text, replaced } = localStack(readFileSync(path.join(ROOT, `Pulumi.${stack}.yaml`), 'utf8'));
    writeFileSync(configFile, text);
    console.log(`\n== ${stack}`);
    if (replaced.length > 0) console.log(`Placeholders stand for: ${replaced.join(', ')}.`);
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: 'preview',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
    };
    const run = (cwd: string, ...words: string[]) =>
      spawnSync('pulumi', [...words, '--non-interactive'], {
        cwd,
        env,
        encoding: 'utf8',
        maxBuffer: 64 * 1024 ** 2,
      });
    const made = run(folder, 'stack', 'init', stack, '--no-select');
    const ended =
      made.status === 0 ? run(ROOT, 'preview', '--stack', stack, '--config-file', configFile) : made;
    const said = `${ended.stdout}${ended.stderr}`;
    process.stdout.write(said);
    const outcome = outcomeOf(ended.status, said);
    console.log(`${stack}: ${outcome}: ${MEANING[outcome]}.`);
    return outcome;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
