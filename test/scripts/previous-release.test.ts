import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkOut, previousTag } from '#scripts/previous-release/checkout.ts';
import { finish, launch } from '#scripts/previous-release/programs.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-releases-'));
const repository = path.join(folder, 'repository');
const git = (...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words], {
    cwd: repository,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder },
  });

beforeAll(() => {
  execFileSync('git', ['init', '-q', repository]);
  for (const tag of ['', 'v1.0.0', 'nightly', 'v1.1.0']) {
    writeFileSync(path.join(repository, 'release.txt'), tag);
    git('add', 'release.txt');
    git('commit', '-qm', `release ${tag}`);
    if (tag) git('tag', tag);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the release before is the newest version tag before this commit, whatever this one is called', async () => {
  expect(await previousTag(repository)).toBe('v1.0.0');
  git('commit', '-qm', 'goes on', '--allow-empty');
  expect(await previousTag(repository)).toBe('v1.1.0');
});

test('without a release there is none', async () => {
  git('checkout', '-q', '--detach', 'v1.0.0');
  expect(await previousTag(repository)).toBe(null);
  git('checkout', '-q', '-');
});

test('its files are written elsewhere, with our packages where none may be fetched; the repository stays as it is', async () => {
  const code = path.join(folder, 'a', 'code');
  await checkOut(repository, 'v1.0.0', code, 'ours');
  expect(readFileSync(path.join(code, 'release.txt'), 'utf8')).toBe('v1.0.0');
  expect(existsSync(path.join(code, '.git'))).toBe(false);
  expect(git('status', '--porcelain')).toBe('');
  expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
});

test('what is no commit is refused, an option in its place too', async () => {
  await expect(checkOut(repository, 'v9.9.9', path.join(folder, 'b'), 'ours')).rejects.toThrow('v9.9.9');
  await expect(checkOut(repository, '--output=x', path.join(folder, 'c'), 'ours')).rejects.toThrow(
    'Needed a single revision',
  );
});

test('a program that fails is told of with its own words', async () => {
  const words = ['-e', 'console.error("the column is gone"); process.exit(3)'];
  await expect(finish(folder, words, {})).rejects.toThrow(/ended with 3:\nthe column is gone/);
  await expect(launch(folder, words, {}).untilAnswers('http://127.0.0.1:1/')).rejects.toThrow(
    /does not serve:\nthe column is gone/,
  );
});
