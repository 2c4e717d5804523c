import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { loadConfig } from '#bootstrap/config.ts';
import { settingsFrom } from '#bootstrap/config-settings.ts';
import { tokenVerifier } from '#bootstrap/token-verifier.ts';

const SECRET = 'a-secret-of-the-tests-that-is-long-enough';
const canaryOwner = (env: Record<string, string>) => settingsFrom(loadConfig(env)).canaryOwnerId;

/** Whom a token speaks for, as the API finds it. */
async function ownerOf(subject: string, issuer?: string): Promise<string> {
  const token = new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime('1h');
  if (issuer) token.setIssuer(issuer);
  const verify = tokenVerifier({
    JWT_SECRET: SECRET,
    JWT_JWKS_URL: undefined,
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: undefined,
  });
  return (await verify(await token.sign(new TextEncoder().encode(SECRET)))).ownerId;
}

test('no owner is reserved unless one is named', () => {
  expect(canaryOwner({})).toBe(null);
  expect(canaryOwner({ CANARY_SUBJECT: ' ' })).toBe(null);
});

test('the reserved owner is whom a token with that subject speaks for, with an issuer and without', async () => {
  const issuer = 'https://id.example.com/';
  for (const CANARY_SUBJECT of ['sluice-canary', '0198F6A2-6A2E-7A41-9C1E-0D5F5E2B7A10']) {
    expect(canaryOwner({ CANARY_SUBJECT })).toBe(await ownerOf(CANARY_SUBJECT));
    expect(canaryOwner({ CANARY_SUBJECT, JWT_ISSUER: issuer })).toBe(await ownerOf(CANARY_SUBJECT, issuer));
  }
  expect(canaryOwner({ CANARY_SUBJECT: 'sluice-canary', JWT_ISSUER: issuer })).not.toBe(
    canaryOwner({ CANARY_SUBJECT: 'sluice-canary' }),
  );
});

test.each(['two words', 'a\tb', 'x'.repeat(256), 'kanári'])(
  'a subject that is none is refused: %s',
  (subject) => {
    expect(() => loadConfig({ CANARY_SUBJECT: subject })).toThrow(/CANARY_SUBJECT/);
  },
);
