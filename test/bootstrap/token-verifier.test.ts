import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tokenVerifier } from '#bootstrap/token-verifier.ts';
import { ownerIdOf } from '#domain/access/owner-id.ts';
import { DomainError } from '#domain/errors.ts';

const SECRET = 'a shared secret of more than thirty-two bytes';
const ISSUER = 'https://id.example.com/';
const AUDIENCE = 'sluice';
const SUBJECT = '0197c0de-0000-7000-8000-000000000001';
const bytes = (text: string) => new TextEncoder().encode(text);
const now = () => Math.floor(Date.now() / 1000);

const bySecret = tokenVerifier({ JWT_SECRET: SECRET } as const);
const shared = (claims: JWTPayload, secret = SECRET, alg = 'HS256') =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(bytes(secret));

let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let jwks: Awaited<ReturnType<typeof serve>>;
let verify: ReturnType<typeof tokenVerifier>;

beforeAll(async () => {
  keys = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256' };
  jwks = await serve((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  });
  verify = tokenVerifier({ JWT_JWKS_URL: jwks.url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE });
});
afterAll(() => jwks.close());

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/keys`, close: () => void server.close() };
}

const published = (claims: JWTPayload, header: { alg?: string; kid?: string } = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(keys.privateKey);
const good = () => ({ sub: SUBJECT, iss: ISSUER, aud: AUDIENCE, exp: now() + 60 });

/** The code and detail of the refusal. */
async function refusal(outcome: Promise<unknown>): Promise<{ code: string; detail: string }> {
  const error = await outcome.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DomainError)) throw new Error(`not refused by the domain: ${error}`);
  return { code: error.code, detail: error.message };
}

test('a token by the shared secret speaks for its `sub`, with the scopes of scope or scp', async () => {
  const claims = { sub: SUBJECT, exp: now() + 60 };
  expect(await bySecret(await shared(claims))).toEqual({ subject: SUBJECT, ownerId: SUBJECT, scopes: [] });
  expect((await bySecret(await shared({ ...claims, scope: 'admin videos:write' }))).scopes).toEqual([
    'admin',
    'videos:write',
  ]);
  expect((await bySecret(await shared({ ...claims, scp: ['admin'] }))).scopes).toEqual(['admin']);
  expect((await bySecret(await shared({ ...claims, scp: 'admin other' }))).scopes).toEqual([
    'admin',
    'other',
  ]);
});

test('a `sub` that is no UUID becomes one by issuer, so that two issuers never share an owner', async () => {
  const ownerOf = async (iss: string) =>
    (await bySecret(await shared({ sub: 'auth0|42', iss, exp: now() + 60 }))).ownerId;
  expect(await ownerOf('https://a/')).toBe(ownerIdOf('auth0|42', 'https://a/'));
  expect(await ownerOf('https://a/')).not.toBe(await ownerOf('https://b/'));
});

test('a token by a published key speaks for its `sub`', async () => {
  expect(await verify(await published({ ...good(), scope: 'admin' }))).toEqual({
    subject: SUBJECT,
    ownerId: SUBJECT,
    scopes: ['admin'],
  });
});

test('a token without a signature is refused', async () => {
  const unsigned = new UnsecuredJWT(good()).encode();
  for (const check of [bySecret, verify]) {
    expect((await refusal(check(unsigned))).code).toBe('unauthenticated');
  }
});

test('a public key is no shared secret: HS256 made with it is refused where keys are published', async () => {
  const publicPem = await exportSPKI(keys.publicKey);
  const confused = await new SignJWT(good())
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .sign(bytes(publicPem));
  expect(await refusal(verify(confused))).toEqual({
    code: 'unauthenticated',
    detail: 'The token is signed by an algorithm that is not accepted here.',
  });
});

test('with a shared secret only HS256 is accepted', async () => {
  expect((await refusal(bySecret(await published(good())))).code).toBe('unauthenticated');
  expect((await refusal(bySecret(await shared(good(), SECRET.repeat(2), 'HS512')))).code).toBe(
    'unauthenticated',
  );
});

test.each([
  ['has expired', { exp: now() - 60 }, 'The token has expired.'],
  ['is not valid yet', { nbf: now() + 600 }, 'The token is not valid yet.'],
  ['is for another audience', { aud: 'other' }, 'The token is meant for another audience.'],
  ['names no audience', { aud: undefined }, 'The token is meant for another audience.'],
  ['is by another issuer', { iss: 'https://evil.example.com/' }, 'The token is from another issuer.'],
  ['never expires', { exp: undefined }, "The token's `exp` is missing or not valid."],
  ['has no subject', { sub: undefined }, "The token's `sub` is missing or not valid."],
  ['has a blank subject', { sub: ' ' }, 'The token has no `sub`.'],
])('a token that %s is refused, and told why', async (_case, change, detail) => {
  // Members that are undefined are left out of the token.
  const claims: JWTPayload = JSON.parse(JSON.stringify({ ...good(), ...change }));
  expect(await refusal(verify(await published(claims)))).toEqual({ code: 'unauthenticated', detail });
});

test('issuer and audience hold for a shared secret too, where they are set', async () => {
  const strict = tokenVerifier({ JWT_SECRET: SECRET, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE });
  expect((await strict(await shared({ ...good(), aud: ['other', AUDIENCE] }))).ownerId).toBe(SUBJECT);
  for (const change of [{ iss: 'https://evil.example.com/' }, { aud: 'other' }]) {
    expect((await refusal(strict(await shared({ ...good(), ...change })))).code).toBe('unauthenticated');
  }
});

test('an access token of Cognito is compared by client_id, its other tokens are not', async () => {
  const { aud: _aud, ...rest } = good();
  const cognito = { ...rest, client_id: AUDIENCE, token_use: 'access' };
  expect((await verify(await published(cognito))).ownerId).toBe(SUBJECT);
  for (const change of [{ token_use: 'id' }, { token_use: undefined }, { client_id: 'other' }]) {
    const claims: JWTPayload = JSON.parse(JSON.stringify({ ...cognito, ...change }));
    expect((await refusal(verify(await published(claims)))).code).toBe('unauthenticated');
  }
});

test('a wrong signature, an unknown key, an upload token and rubbish are refused without a word of theirs', async () => {
  const token = await shared({ sub: SUBJECT, exp: now() + 60 });
  const forged = `${token.slice(0, -4)}AAAA`;
  const foreign = await published(good(), { kid: 'two' });
  const details = [
    await refusal(bySecret(forged)),
    await refusal(bySecret(await shared(good(), 'another secret of more than thirty-two bytes'))),
    await refusal(verify(foreign)),
    await refusal(bySecret(`up_${'k3yM4t3ri4l'.repeat(4)}`)),
    await refusal(bySecret('rubbish')),
    await refusal(bySecret('a.b.c')),
    await refusal(bySecret('')),
  ];
  for (const { code, detail } of details) {
    expect(code).toBe('unauthenticated');
    expect(detail).not.toMatch(/k3yM4t3ri4l|rubbish|eyJ|0197c0de/);
  }
  expect(details[3]?.detail).toContain('upload token');
});

test('keys that cannot be had are no fault of the token', async () => {
  const broken = await serve((_request, response) => void response.writeHead(500).end());
  const unreachable = await serve(() => undefined);
  unreachable.close();
  for (const url of [broken.url, unreachable.url]) {
    const check = tokenVerifier({ JWT_JWKS_URL: url, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE });
    expect((await refusal(check(await published(good())))).code).toBe('auth_unavailable');
  }
  broken.close();
});
