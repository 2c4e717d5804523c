import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeOwnFolder } from '#bootstrap/embedded/own-folder.ts';
import { StartFailure } from '#bootstrap/start-failure.ts';

test('a folder is made with the ones above it, and again without harm', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'sluice-folder-'));
  const deep = path.join(root, 'a', 'b', 'c');
  makeOwnFolder(deep);
  makeOwnFolder(deep);
  expect(statSync(deep).isDirectory()).toBe(true);
  rmSync(root, { recursive: true });
});

test('a folder that cannot be made is one line, at once', () => {
  expect(() => makeOwnFolder('/proc/sluice/data')).toThrow(StartFailure);
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'sluice-folder-')), 'file');
  writeFileSync(file, '');
  expect(() => makeOwnFolder(path.join(file, 'below'))).toThrow(/SLUICE_DIR .* cannot be made \(ENOTDIR\)/);
});
