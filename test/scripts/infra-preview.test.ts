import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Outcome, outcomeOf } from '#scripts/infra-preview/outcome.ts';
import { localStack } from '#scripts/infra-preview/stack-file.ts';
import { PROJECT_ROOT, startProgram } from '#test/support/processes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-fake-pulumi-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `pulumi` as it answers where a cloud is at hand, or where it is not. */
function pulumi(preview: string): void {
  const program = path.join(folder, 'pulumi');
  // The real one writes a salt into the stack's file of the project that it stands in.
  const init = 'echo "encryptionsalt: v1:abc" >> "Pulumi.$3.yaml"';
  const cases = `version*) echo v9.9.9 ;;\n  "stack init"*) ${init} ;;\n  preview*) echo "at $PULUMI_BACKEND_URL"; ${preview} ;;`;
  writeFileSync(program, `#!/bin/bash\ncase "$*" in\n  ${cases}\n  *) exit 9 ;;\nesac\n`);
  chmodSync(program, 0o755);
}

async function infraPreview(words: readonly string[] = [], PATH = `${folder}:/usr/bin:/bin`) {
  await using program = startProgram(['scripts/infra-preview.ts', ...words], { PATH });
  const { code } = await program.ended;
  return { code, out: program.out(), err: program.err() };
}

test('without pulumi it says that nothing was checked, and ends with 2', async () => {
  const { code, err } = await infraPreview([], '/nonexistent');
  expect([code, err]).toEqual([2, expect.stringContaining('nothing was checked by the real engine')]);
});

test('every stack file goes through the engine on a backend that is thrown away, and stays as it is', async () => {
  const stacks = readdirSync(PROJECT_ROOT).filter((name) => /^Pulumi\..+\.yaml$/.test(name));
  const contents = () => stacks.map((name) => readFileSync(path.join(PROJECT_ROOT, name), 'utf8'));
  const before = contents();
  pulumi('echo "+ 3 to create"');
  const { code, out } = await infraPreview();
  expect(code).toBe(0);
  for (const name of stacks) expect(out).toContain(`${name.split('.')[1]}: previewed: `);
  expect(out).toMatch(/at file:\/\/\S+sluice-preview-/);
  expect(contents()).toEqual(before);
});

test('a cloud without its plugin is told of, with what was not checked', async () => {
  pulumi(`echo "error: no resource plugin 'pulumi-resource-aws' found in the workspace" >&2; exit 255`);
  const { code, out } = await infraPreview(['aws']);
  expect(code).toBe(2);
  expect(out).toContain('aws: no plugin: ');
  expect(out).toContain('cannot check names, types and values');
});

test('a fault of the program is one, whatever else could not be done', async () => {
  pulumi('echo "error: nat must be none, one, perAz; given: two" >&2; exit 255');
  expect(await infraPreview(['do'])).toMatchObject({ code: 1, out: expect.stringContaining('given: two') });
  expect(await infraPreview(['nowhere'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Pulumi.nowhere.yaml'),
  });
});

test.each<[string, number, Outcome]>([
  ['', 0, 'previewed'],
  [
    "error: failed to load language plugin nodejs: no language plugin 'pulumi-language-nodejs' found",
    255,
    'no language host',
  ],
  [
    "error: no resource plugin 'pulumi-resource-digitalocean' found in the workspace or on your $PATH",
    255,
    'no plugin',
  ],
  ['error: could not load plugin for aws provider', 255, 'no plugin'],
  ['error: No valid credential sources found.', 255, 'no credentials'],
  ["TypeError: Cannot read properties of undefined (reading 'id')", 255, 'failed'],
])('%s (%d) means %s', (said, exitCode, outcome) => {
  expect(outcomeOf(exitCode, said)).toBe(outcome);
});

test('a secret that only the real backend can read becomes a placeholder; the rest stays', () => {
  const { text, replaced } = localStack(
    'encryptionsalt: v1:abc\nconfig:\n  sluice:cloud: do\n  sluice:jwtSecret:\n    secure: v1:xyz\n  sluice:nat: one\n',
  );
  expect(text).toMatch(
    /^config:\n {2}sluice:cloud: do\n {2}sluice:jwtSecret: "preview-\S+"\n {2}sluice:nat: one\n/,
  );
  expect(text).not.toMatch(/secure|encryptionsalt|xyz/);
  expect(text.match(/sluice:jwtSecret/g)).toHaveLength(1);
  expect(replaced).toContain('sluice:jwtSecret');
  expect(replaced).toContain('sluice:webhookSecret');
});

test('every secret that a program demands has a placeholder, as a checkout has none', () => {
  const infra = path.join(PROJECT_ROOT, 'infra');
  const demanded = readdirSync(infra, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .flatMap((entry) => [
      ...readFileSync(path.join(entry.parentPath, entry.name), 'utf8').matchAll(
        /(?:requireSecret\(|wellFormed\(config, )'(\w+)'/g,
      ),
    ])
    .map(([, key = '']) => `sluice:${key}`);
  expect(demanded.length).toBeGreaterThan(6);
  expect(localStack('config:\n').replaced).toEqual(expect.arrayContaining(demanded));
});
