import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { loadConfig } from '#bootstrap/config.ts';
import { withSecrets } from '#bootstrap/embedded/resolve-config.ts';
import { tokenVerifier } from '#bootstrap/token-verifier.ts';
import { ownFolder, runProgram } from './role-process.ts';

const SUBJECT = '0197c0de-0000-7000-8000-000000000001';

async function token(args: string[], env: Record<string, string>) {
  const run = runProgram(['scripts/token.ts', ...args], env);
  return { code: await run.exited, out: run.out(), err: run.err() };
}

test('it prints one line, a token that the platform of this folder accepts', async () => {
  const env = { SLUICE_DIR: ownFolder() };
  const { code, out, err } = await token(['--sub', SUBJECT, '--scope', 'admin', '--ttl', '2h'], env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const verify = tokenVerifier(withSecrets(loadConfig(env)));
  expect(await verify(out.trim())).toEqual({ ownerId: SUBJECT, subject: SUBJECT, scopes: ['admin'] });
  const { exp = 0, iat = 0 } = decodeJwt(out.trim());
  expect(exp - iat).toBe(7200);
});

test('with JWT_SECRET, issuer and audience it signs what they ask for', async () => {
  const env = {
    JWT_SECRET: 'x'.repeat(32),
    JWT_ISSUER: 'https://id/',
    JWT_AUDIENCE: 'sluice',
    SLUICE_DIR: '/nowhere',
  };
  const { out, err } = await token(['--sub', SUBJECT], {
    ...env,
    WEBHOOK_SECRET: Buffer.alloc(24).toString('base64'),
  });
  expect(err).toBe('');
  expect((await tokenVerifier(loadConfig(env))(out.trim())).ownerId).toBe(SUBJECT);
});

test.each([
  ['without a subject', [], {}, /^Usage: npm run -s token/],
  ['with an unknown flag', ['--sub', 'x', '--admin'], {}, /^Usage: npm run -s token/],
  ['with a life that is none', ['--sub', 'x', '--ttl', '1 week'], {}, /^--ttl is 1 week; it must look like/],
  [
    'where an issuer signs',
    ['--sub', 'x'],
    { JWT_JWKS_URL: 'https://id/keys', JWT_ISSUER: 'https://id/', JWT_AUDIENCE: 'sluice' },
    /^Tokens come from the issuer behind JWT_JWKS_URL/,
  ],
])('%s it says why in one line, and prints nothing', async (_case, args, env, message) => {
  const { code, out, err } = await token(args, { SLUICE_DIR: ownFolder(), ...env });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(message);
  expect(err.trimEnd()).not.toContain('\n');
});
