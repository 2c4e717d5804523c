import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tokenVerifier } from '#bootstrap/token-verifier.ts';

// Amazon Cognito: the issuer names region and pool, keys lie below it, access tokens carry client_id instead of aud.
const HOST = 'https://cognito-idp.eu-central-1.amazonaws.com';
const POOL = '/eu-central-1_Ab12Cd34E';
const settings = {
  JWT_SECRET: undefined,
  JWT_JWKS_URL: `${HOST}${POOL}/.well-known/jwks.json`,
  JWT_ISSUER: `${HOST}${POOL}`,
  JWT_AUDIENCE: '7lhlkkfbfb4q5kpp90urffao',
};

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

async function cognito() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT({ token_use: 'access', client_id: settings.JWT_AUDIENCE, scope: 'admin', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(settings.JWT_ISSUER)
      .setSubject('3a8e4f1c-6d0b-4c55-9a57-2f0b3b8f2a10')
      .setExpirationTime('1h')
      .sign(privateKey);
  return { keys: { keys: [jwk] }, sign };
}

test('an access token of a cloud issuer is verified by the keys the issuer serves, fetched once', async () => {
  const { keys, sign } = await cognito();
  const served = nock(HOST).get(`${POOL}/.well-known/jwks.json`).once().reply(200, keys);
  const verify = tokenVerifier(settings);
  const token = await sign({});
  const subject = '3a8e4f1c-6d0b-4c55-9a57-2f0b3b8f2a10';
  const identity = { ownerId: subject, subject, scopes: ['admin'] };
  expect(await verify(token)).toEqual(identity);
  expect(await verify(token)).toEqual(identity);
  served.done();
});

test('an identity token, and a token of another client, are refused', async () => {
  const { keys, sign } = await cognito();
  nock(HOST).get(`${POOL}/.well-known/jwks.json`).reply(200, keys);
  const verify = tokenVerifier(settings);
  await expect(verify(await sign({ token_use: 'id' }))).rejects.toMatchObject({ code: 'unauthenticated' });
  await expect(verify(await sign({ client_id: 'another' }))).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});

test('an issuer that answers 503 is no fault of the token', async () => {
  const { sign } = await cognito();
  nock(HOST).get(`${POOL}/.well-known/jwks.json`).reply(503);
  await expect(tokenVerifier(settings)(await sign({}))).rejects.toMatchObject({ code: 'auth_unavailable' });
});
