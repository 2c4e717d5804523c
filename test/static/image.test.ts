import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '#bootstrap/config.ts';
import { VARIABLE_NAMES } from '#bootstrap/config-schema.ts';
import { isPem } from '#bootstrap/database-authority.ts';
import { RDS_AUTHORITIES } from '#infra/aws/aws-settings.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');
/** Instructions in order, continuation lines joined, comments gone. */
const INSTRUCTIONS = read('Dockerfile')
  .replace(/^\s*#.*\n/gm, '')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '');
/** What is copied from this tree, into the first stage or the last. */
const COPIED = INSTRUCTIONS.filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
  .flatMap((line) => line.split(/\s+/).slice(1, -1))
  .filter((source, at, all) => all.indexOf(source) === at);
const IMAGE_ENV = Object.fromEntries(
  INSTRUCTIONS.filter((line) => line.startsWith('ENV ')).flatMap((line) =>
    [...line.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  ),
);
/** Of Node and of the system, none of ours. */
const NOT_OURS = ['NODE_ENV', 'NODE_COMPILE_CACHE', 'HOME'];
const ENTRYPOINT = read('docker/entrypoint.sh');
/** `api` to `api/main.ts`. */
const ROLES = Object.fromEntries(
  [...ENTRYPOINT.matchAll(/^ {2}([a-z]+)\) exec node (\S+) "\$@" ;;$/gm)].map(([, role = '', file = '']) => [
    role,
    file,
  ]),
);

function sourcesOf(copied: string): string[] {
  const absolute = path.join(ROOT, copied);
  if (!existsSync(absolute) || statSync(absolute).isFile()) return [copied];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}

describe('the Dockerfile', () => {
  test('copies what is there, and .dockerignore lets all of it through and nothing else', () => {
    expect(COPIED.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
    const [everything, ...letThrough] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).toBe('*');
    expect(letThrough.map((line) => line.replace(/^!/, '')).sort()).toEqual([...COPIED].sort());
  });

  test('copies whatever the copied code imports', () => {
    const missing = COPIED.flatMap(sourcesOf)
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        [...read(file).matchAll(/'#([\w/.-]+\.ts)'/g)].map(([, target = '']) => [file, target]),
      )
      .filter(
        ([, target = '']) => !COPIED.some((source) => target === source || target.startsWith(`${source}/`)),
      );
    expect(missing).toEqual([]);
  });

  test('installs from the lock file, without what is for development or for laptops, and runs no foreign script', () => {
    const installs = INSTRUCTIONS.filter((line) => /\bnpm (ci|install|i)\b/.test(line));
    expect(installs).toHaveLength(1);
    for (const flag of ['npm ci', '--omit=dev', '--omit=optional', '--ignore-scripts'])
      expect(installs[0]).toContain(flag);
  });

  test('runs as a user without rights, from before its own code runs to the end', () => {
    const at = INSTRUCTIONS.findIndex((line) => line.startsWith('USER '));
    expect(INSTRUCTIONS[at]).toBe('USER node');
    expect(INSTRUCTIONS.slice(at + 1).filter((line) => line.startsWith('USER '))).toEqual([]);
    expect(INSTRUCTIONS.findIndex((line) => line.includes('docker/compile.ts'))).toBeGreaterThan(at);
    expect(INSTRUCTIONS.filter((line) => line.startsWith('ENTRYPOINT'))).toEqual([
      'ENTRYPOINT ["/app/docker/entrypoint.sh"]',
    ]);
  });

  test('sets variables that the service knows, SLUICE_IMAGE among them, and writes below /tmp alone', () => {
    const ours = Object.keys(IMAGE_ENV).filter((name) => !NOT_OURS.includes(name));
    expect(ours.filter((name) => !(VARIABLE_NAMES as string[]).includes(name))).toEqual([]);
    expect(IMAGE_ENV).toMatchObject({ SLUICE_IMAGE: '1', SLUICE_DIR: '/tmp/sluice', HOME: '/tmp' });
  });

  test('opens the ports on which its roles answer', () => {
    const [exposed = ''] = INSTRUCTIONS.filter((line) => line.startsWith('EXPOSE '));
    expect(exposed).toBe(`EXPOSE ${IMAGE_ENV.PORT} ${IMAGE_ENV.METRICS_PORT}`);
  });
});

describe('the authorities of RDS', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-authorities-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const tls = (name: string) => path.join(ROOT, 'test/fixtures/tls', name);
  const out = path.join(folder, 'rds.pem');

  function take(bundle: string, atLeast: string) {
    rmSync(out, { force: true });
    const words = [path.join(ROOT, 'docker/rds-authorities.ts'), bundle, out, atLeast];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    return { status, stderr, taken: existsSync(out) ? readFileSync(out, 'utf8') : null };
  }

  test('stand where the stack on AWS says, from the address at which AWS publishes them', () => {
    const at = INSTRUCTIONS.findIndex((line) => line.startsWith('ADD '));
    expect(INSTRUCTIONS.slice(at - 1, at + 1)).toEqual([
      'ARG RDS_BUNDLE=https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem',
      'ADD $'.concat('{RDS_BUNDLE} /rds-bundle.pem'),
    ]);
    const [, target] =
      INSTRUCTIONS.map((line) => /^COPY --from=authorities \S+ (\S+)$/.exec(line) ?? []).find(
        ([line]) => line !== undefined,
      ) ?? [];
    expect(`/app/${target}`).toBe(RDS_AUTHORITIES);
  });

  test('are those of the bundle that last', () => {
    const { status, taken } = take(tls('rds-eu-central-1.pem'), '3');
    expect([status, isPem(taken ?? ''), taken?.match(/BEGIN/g)?.length]).toEqual([0, true, 3]);
  });

  test.each([
    ['a page in its place', () => '<html>please log in</html>', 'has 0 authorities'],
    [
      'a bundle that was cut',
      () => readFileSync(tls('rds-eu-central-1.pem'), 'utf8').slice(0, 4000),
      'authorities that last',
    ],
    [
      "somebody else's authority in it",
      () => `${readFileSync(tls('rds-eu-central-1.pem'), 'utf8')}${readFileSync(tls('ca.pem'), 'utf8')}`,
      'Sluice test CA',
    ],
  ])('%s ends the build', (_, bundle, said) => {
    writeFileSync(path.join(folder, 'bundle.pem'), bundle());
    const { status, stderr, taken } = take(path.join(folder, 'bundle.pem'), '3');
    expect([status, taken]).toEqual([1, null]);
    expect(stderr).toContain(said);
  });
});

describe('the entrypoint', () => {
  test('knows every role that runs alone, by its own program, in the same process', () => {
    const programs = ['api/main.ts', 'worker/main.ts', 'bootstrap/migrate.ts'];
    const named = programs.map((file) => [/runRole\(\s*'(\w+)'/.exec(read(file))?.[1], file]);
    expect(ROLES).toEqual({ ...Object.fromEntries(named), ops: 'scripts/ops.ts' });
    expect(statSync(path.join(ROOT, 'docker/entrypoint.sh')).mode & 0o111).toBe(0o111);
  });

  test('starts what was compiled in advance', () => {
    const compiled = [...read('docker/compile.ts').matchAll(/'#([\w/-]+\.ts)'/g)].map(([, file]) => file);
    for (const program of ['api/main.ts', 'worker/main.ts', 'bootstrap/migrate.ts'])
      for (const [, target = ''] of read(program).matchAll(/import\('([^']+)'\)/g)) {
        const file = target.startsWith('#') ? target.slice(1) : path.join(path.dirname(program), target);
        const reached = [...compiled, 'bootstrap/check-database.ts'];
        expect(reached, `${program} imports ${file}: name it in docker/compile.ts`).toContain(file);
      }
  });
});

describe('compose.yaml', () => {
  const text = read('compose.yaml');
  const example = read('docker/compose.env.example');
  const [, block = ''] = /^x-environment: &environment\n((?: {2}\S.*\n)+)/m.exec(text) ?? [];
  const environment = Object.fromEntries(
    [...block.matchAll(/^ {2}([A-Z0-9_]+): (.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      filledIn(value),
    ]),
  );

  function filledIn(value: string): string {
    return value
      .replace(/\$\{\w+:-([^}]*)\}/g, '$1')
      .replace(/\$\{\w+:\?[^}]*\}/g, 'a-secret-that-is-long-enough-for-all');
  }

  function service(name: string): string {
    return new RegExp(`^ {2}${name}:\\n((?: {4}.*\\n|\\n)+)`, 'm').exec(text)?.[1] ?? '';
  }

  test('gives the image an environment that it takes', () => {
    expect(Object.keys(environment).filter((name) => !(VARIABLE_NAMES as string[]).includes(name))).toEqual(
      [],
    );
    const config = loadConfig({ ...IMAGE_ENV, ...environment });
    expect([config.SLUICE_IMAGE, config.HOST]).toEqual([true, '0.0.0.0']);
  });

  test('names no secret itself, and its example names all that it asks for', () => {
    const asked = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name));
    for (const name of asked) expect(example).toMatch(new RegExp(`^#?${name}=`, 'm'));
    for (const [, name = ''] of text.matchAll(
      /([A-Z0-9_]*(?:SECRET|PASSWORD|SECRET_KEY)[A-Z0-9_]*): (?!\$\{)/g,
    ))
      expect(name, 'a secret that is written down').toBe('');
    expect(example).not.toMatch(/^[A-Z0-9_]+=\S/m);
  });

  test('runs the roles of the entrypoint on a read-only root with /tmp, api and worker after migrate', () => {
    for (const role of ['api', 'worker', 'migrate']) {
      expect(ROLES).toHaveProperty(role);
      expect(service(role)).toContain(`command: [${role}]`);
      expect(service(role)).toContain('<<: *sluice');
      expect(service(role)).toMatch(/tmpfs: \[["']\/tmp:/);
    }
    expect(text).toMatch(/^x-sluice: &sluice\n(?: {2}.*\n)* {2}read_only: true$/m);
    expect(service('api')).toMatch(
      /depends_on: &ready\n +migrate:\n +condition: service_completed_successfully/,
    );
    expect(service('worker')).toContain('depends_on: *ready');
  });
});
