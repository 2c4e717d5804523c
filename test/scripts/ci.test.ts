import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { PROJECT_ROOT } from '#test/support/processes.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-ci-'));
const CALLS = path.join(folder, 'calls');
const DIGEST = `sha256:${'a'.repeat(64)}`;
const IMAGE = `ghcr.io/acme/sluice@${DIGEST}`;

/** Programs that write down how they are called, and answer by `answers`: a pattern of shell to what they do. */
function programs(answers: Readonly<Record<string, string>>): void {
  const cases = Object.entries(answers).map(([pattern, action]) => `  ${pattern}) ${action} ;;`);
  for (const name of ['pulumi', 'node', 'docker', 'aws', 'curl']) {
    const lines = ['#!/bin/bash', `echo "${name} $*" >> ${CALLS}`, `case "${name} $*" in`, ...cases, 'esac'];
    writeFileSync(path.join(folder, name), `${lines.join('\n')}\n`, { mode: 0o755 });
  }
}

function ci(program: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(path.join(PROJECT_ROOT, '.ci', program), words, {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin`, ...env },
  });
  return { status, stdout, stderr, calls: readFileSync(CALLS, 'utf8').trim().split('\n').filter(Boolean) };
}

const HEALTHY = {
  '"pulumi config get layer"*': 'echo app',
  '"pulumi stack output apiUrl"*': 'echo https://video.example.com',
  '"pulumi config get jwtSecret"*': 'echo the-secret',
  '"node scripts/token.ts"*': '[[ $JWT_SECRET == the-secret ]] && echo a.b.c',
  '"node scripts/smoke.ts"*': '[[ $SLUICE_TOKEN == a.b.c ]] || exit 1',
};

beforeEach(() => writeFileSync(CALLS, ''));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a deploy', () => {
  test('brings the stack up with the image, and then sends a video through it', () => {
    programs(HEALTHY);
    const { status, stdout, stderr, calls } = ci('deploy', ['app', IMAGE]);
    expect([status, stderr]).toEqual([0, '']);
    expect(calls).toEqual([
      `pulumi up --stack app --config sluice:image=${IMAGE} --yes --non-interactive --skip-preview`,
      'pulumi config get layer --stack app',
      'pulumi stack output apiUrl --stack app',
      'pulumi config get jwtSecret --stack app',
      'node scripts/token.ts --sub smoke --ttl 30m',
      'node scripts/smoke.ts --url https://video.example.com --within 15m',
    ]);
    expect(stdout).not.toMatch(/the-secret|a\.b\.c/);
  });

  test.each([
    ['pulumi up', { '"pulumi up"*': 'exit 255' }, 255],
    ['the address of the API', { '"pulumi stack output apiUrl"*': 'exit 1' }, 1],
    ['the smoke test', { '"node scripts/smoke.ts"*': 'exit 1' }, 1],
  ])('fails with %s, and nothing after it is done', (what, broken, status) => {
    programs({
      ...broken,
      ...Object.fromEntries(Object.entries(HEALTHY).filter(([key]) => !(key in broken))),
    });
    const result = ci('deploy', ['app', IMAGE]);
    expect(result.status).toBe(status);
    expect(result.calls.at(-1)).toContain(what === 'the smoke test' ? 'smoke' : 'pulumi');
  });

  test('takes the token of an issuer where there is one', () => {
    programs(HEALTHY);
    const { status, calls } = ci('deploy', ['app', IMAGE], { SMOKE_TOKEN: 'a.b.c' });
    expect(status).toBe(0);
    expect(calls.filter((call) => /jwtSecret|token/.test(call))).toEqual([]);
  });

  test.each(['site', 'data'])('of the layer %s tries no video, as nothing there serves one', (layer) => {
    programs({ ...HEALTHY, '"pulumi config get layer"*': `echo ${layer}` });
    const { status, calls } = ci('deploy', ['eu', IMAGE]);
    expect([status, calls.length]).toEqual([0, 2]);
  });

  test('where Fargate pulls from ECR copies the image there, once, and names it by the same digest', () => {
    const repository = '1.dkr.ecr.eu-central-1.amazonaws.com/sluice';
    const has = (it: boolean) => ({
      ...HEALTHY,
      '"docker buildx imagetools inspect"*': `exit ${it ? 0 : 1}`,
    });
    programs(has(false));
    const first = ci('deploy', ['app', IMAGE], { ECR_REPOSITORY: repository });
    expect(first.calls).toContain(
      `docker buildx imagetools create --tag ${repository}:${'a'.repeat(64)} ${IMAGE}`,
    );
    expect(first.calls.join('\n')).toContain(`sluice:image=${repository}@${DIGEST} `);
    writeFileSync(CALLS, '');
    programs(has(true));
    expect(ci('deploy', ['app', IMAGE], { ECR_REPOSITORY: repository }).calls.join('\n')).not.toContain(
      'create',
    );
  });

  test.each(['evil.example/acme/sluice', 'ghcr.io/evil/sluice', 'ghcr.io/acme/sluice-2'])(
    "in a repository's own run takes its own images alone, not %s",
    (name) => {
      programs(HEALTHY);
      const env = { GITHUB_REPOSITORY: 'Acme/Sluice' };
      expect(ci('deploy', ['app', `${name}@${DIGEST}`], env)).toMatchObject({ status: 2, calls: [] });
      expect(ci('deploy', ['app', IMAGE], env).status).toBe(0);
    },
  );

  test.each([
    ['ghcr.io/acme/sluice:latest'],
    ['ghcr.io/acme/sluice@sha256:abc'],
    [`--help@${DIGEST}`],
    [`$(touch ${folder}/ran)@${DIGEST}`],
  ])('refuses %s before anything is called', (image) => {
    programs(HEALTHY);
    expect(ci('deploy', ['app', image])).toMatchObject({ status: 2, calls: [] });
    expect(ci('deploy', ['--cwd=/', IMAGE])).toMatchObject({ status: 2, calls: [] });
  });
});

test('a preview changes nothing', () => {
  programs({});
  const { status, calls } = ci('preview', ['aws']);
  expect([status, calls]).toEqual([0, ['pulumi preview --stack aws --non-interactive --diff']]);
});

describe('an image on trial', () => {
  test('runs as compose.yaml has it, with secrets of this run, takes a video, and leaves nothing behind', () => {
    programs({
      '"docker compose up"*': '[[ $POSTGRES_PASSWORD != $JWT_SECRET && -n $S3_SECRET_ACCESS_KEY ]] || exit 1',
      '"node scripts/token.ts"*': '[[ -n $JWT_SECRET ]] && echo a.b.c',
      '"node scripts/smoke.ts"*': '[[ $SLUICE_TOKEN == a.b.c ]] || exit 1',
    });
    const { status, calls } = ci('image-try', []);
    expect(status).toBe(0);
    expect(calls.map((call) => call.split(' ').slice(0, 3).join(' '))).toEqual([
      'docker compose up',
      'curl --fail --silent',
      'node scripts/token.ts --sub',
      'node scripts/smoke.ts --url',
      'docker compose down',
    ]);
  });

  test.each([
    ['a build or a migration', '"docker compose up"*'],
    ['an API that never serves', '"curl"*'],
    ['the video', '"node scripts/smoke.ts"*'],
  ])('fails with %s, shows what was logged, and takes all away', (_, call) => {
    programs({ [call]: 'exit 7' });
    const { status, calls } = ci('image-try', []);
    expect(status).toBe(7);
    expect(calls.slice(-2)).toEqual([
      'docker compose logs --no-color --tail 100',
      'docker compose down --volumes --timeout 30',
    ]);
  });
});

describe('an image of two processors', () => {
  const env = { GITHUB_REPOSITORY: 'Acme/Sluice', GITHUB_OUTPUT: path.join(folder, 'output') };
  const [amd, arm] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];

  test('is joined from both, and told of by its digest', () => {
    writeFileSync(env.GITHUB_OUTPUT, '');
    programs({ '"docker buildx imagetools inspect"*': `echo ${DIGEST}` });
    const { status, calls } = ci('image-join', ['v1.2.3', amd, arm], env);
    expect([status, calls[0]]).toEqual([
      0,
      `docker buildx imagetools create --tag ghcr.io/acme/sluice:v1.2.3 ghcr.io/acme/sluice@${amd} ghcr.io/acme/sluice@${arm}`,
    ]);
    expect(readFileSync(env.GITHUB_OUTPUT, 'utf8')).toBe(`image=${IMAGE}\n`);
  });

  test('is none where one is missing', () => {
    programs({});
    for (const words of [
      ['v1', amd],
      ['v1', amd, ''],
      ['a tag', amd, arm],
    ])
      expect(ci('image-join', words, env)).toMatchObject({ status: 2, calls: [] });
  });
});

describe('the notes of a release', () => {
  const CHANGELOG = path.join(folder, 'CHANGELOG.md');
  writeFileSync(
    CHANGELOG,
    '# Changelog\n\n## [1.2.30] - b\n\nlater\n\n## [1.2.3] - a\n\n### Added\n\n- it\n\n## [1.2.2]\n\nold\n',
  );

  test('are its section of the changelog, and the image by its digest', () => {
    const { status, stdout } = ci('release-notes', ['v1.2.3', IMAGE], { CHANGELOG });
    expect(status).toBe(0);
    expect(stdout).toContain('### Added\n\n- it\n');
    expect(stdout).toContain(`Image: \`${IMAGE}\``);
    expect(stdout).not.toMatch(/later|old/);
  });

  test('without a section there is no release', () => {
    expect(ci('release-notes', ['v9.9.9', IMAGE], { CHANGELOG })).toMatchObject({
      status: 1,
      stderr: 'CHANGELOG.md has no section [9.9.9]\n',
    });
  });
});
