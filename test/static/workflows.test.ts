import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findings, readWorkflow } from './workflow-rules.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, '.github/workflows');
const WORKFLOWS = readdirSync(FOLDER).map(
  (file) => [file, readFileSync(path.join(FOLDER, file), 'utf8')] as const,
);
const source = (name: string) => WORKFLOWS.find(([file]) => file === name)?.[1] ?? '';
const SCRIPTS = Object.keys(
  (JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: object }).scripts,
);
const CI = readdirSync(path.join(ROOT, '.ci')).map((file) => [
  `.ci/${file}`,
  readFileSync(path.join(ROOT, '.ci', file), 'utf8'),
]);

test.each(WORKFLOWS)('%s keeps the rules', (file, text) => {
  expect(readWorkflow(text).jobs.length).toBeGreaterThan(0);
  expect(findings(file, text)).toEqual([]);
});

test('whatever workflows and their programs run is there', () => {
  const shells = [...WORKFLOWS, ...CI].map(([name, text = '']) => [name, text] as const);
  const missing = shells.flatMap(([name, text]) => [
    ...[...text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)]
      .filter(([, script = '']) => !SCRIPTS.includes(script))
      .map(([call]) => `${name}: ${call}`),
    ...[...text.matchAll(/(?:node |uses: \.\/|run: )((?:scripts|\.ci|\.github)\/[\w./-]+)/g)]
      .filter(([, file = '']) => !existsSync(path.join(ROOT, file)))
      .map(([call]) => `${name}: ${call}`),
  ]);
  expect(missing).toEqual([]);
  for (const [file = ''] of CI)
    expect(() => accessSync(path.join(ROOT, file), constants.X_OK), file).not.toThrow();
});

test('a rollback takes the very way of a deploy', () => {
  const [rollback] = readWorkflow(source('rollback.yml')).jobs;
  const deploy = readWorkflow(source('main.yml')).jobs.find(({ name }) => name === 'deploy');
  expect(rollback?.members.uses).toBe(deploy?.members.uses);
});

test('the command of Pulumi is of the release that the stacks are written against', () => {
  const { devDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const versions = WORKFLOWS.flatMap(([, text]) =>
    [...text.matchAll(/pulumi-version: (\S+)/g)].map(([, version]) => version),
  );
  expect(new Set(versions)).toEqual(new Set([devDependencies['@pulumi/pulumi']]));
});

test('nothing is deployed that was not checked', () => {
  const needs = Object.fromEntries(
    readWorkflow(source('main.yml')).jobs.map(({ name, members }) => [name, members.needs]),
  );
  expect(needs).toMatchObject({ image: 'check', deploy: 'image' });
});

/** Begins an expression that GitHub puts its value in place of. */
const OPEN = '$'.concat('{{');

describe('a planted defect is found', () => {
  const pullRequest = source('pull-request.yml');
  test.each([
    ['a tag for a pin', pullRequest.replace(/@[0-9a-f]{40} # /, '@'), 'is not pinned'],
    ['a short commit', pullRequest.replace(/@([0-9a-f]{7})[0-9a-f]{33}/, '@$1'), 'is not pinned'],
    ['a pin without its version', pullRequest.replace(/ # v\d+\.\d+\.\d+/, ''), 'is not pinned'],
    [
      'pull_request_target',
      pullRequest.replace('pull_request:', 'pull_request_target:'),
      'code of strangers',
    ],
    [
      'rights for the whole workflow',
      pullRequest.replace('permissions: {}', 'permissions: write-all'),
      'are not {}',
    ],
    [
      'a job without rights of its own',
      pullRequest.replace('    permissions:\n      contents: read\n    steps', '    steps'),
      'image has no permissions',
    ],
    [
      'a job that may do everything',
      pullRequest.replace('permissions:\n      contents: read', 'permissions: write-all'),
      'has no permissions of its own',
    ],
    ['a right too many', pullRequest.replace('contents: read', 'contents: write'), 'may contents: write'],
    ['no timeout', pullRequest.replace(/ {4}timeout-minutes: \d+\n/, ''), 'has no timeout'],
    [
      'a title in a shell',
      pullRequest.replace('.ci/image-try', `.ci/image-try "${OPEN} github.event.pull_request.title }}"`),
      'an expression into a shell',
    ],
    [
      'an expression in a block of shell',
      pullRequest.replace(
        '- run: npm ci --ignore-scripts',
        `- run: |\n          echo "${OPEN} github.head_ref }}"`,
      ),
      'an expression into a shell',
    ],
    [
      'secrets for forks',
      pullRequest.replace(/ && github\.event\S+ == github\.repository/, ''),
      'code of forks',
    ],
    ['secrets for bots', pullRequest.replace(/ && github\.event\S+ != 'dependabot\[bot\]'/, ''), 'or bots'],
    ['a fork let in by an or', pullRequest.replace(" != '' && github", " != '' || github"), 'code of forks'],
    [
      'a token left behind',
      pullRequest.replace('persist-credentials: false', 'fetch-depth: 1'),
      'leaves its token',
    ],
    ['an identity for any branch', pullRequest.replace(/ {4}environment: .+\n/, ''), 'no environment'],
    ['a runner that changes', pullRequest.replace('ubuntu-24.04', 'ubuntu-latest'), 'the latest'],
  ])('%s', (_, planted, finding) => {
    expect(planted).not.toBe(pullRequest);
    expect(findings('pull-request.yml', planted).join('\n')).toContain(finding);
  });

  test('what the reader of YAML does not know is refused, not skipped', () => {
    expect(() => readWorkflow('on:\n  push: {}\n  - odd')).toThrow('cannot be read');
    expect(() => readWorkflow('a: 1\na: 2')).toThrow('comes twice');
    expect(() => readWorkflow('a: plain\n  goes on')).toThrow('cannot be read');
  });
});
