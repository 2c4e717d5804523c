import { createSecretKey } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { ownerIdOf } from '#domain/access/owner-id.ts';
import { DomainError } from '#domain/errors.ts';
import type { Config } from './config.ts';
import type { Identity } from './platform.ts';

export type TokenSettings = Pick<Config, 'JWT_SECRET' | 'JWT_JWKS_URL' | 'JWT_ISSUER' | 'JWT_AUDIENCE'>;

/** Algorithms are fixed by the kind of key, never taken from the token (RFC 8725 section 3.1). */
const SHARED_SECRET_ALGORITHMS = ['HS256'];
const PUBLIC_KEY_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 5000;

/**
 * Makes the function that tells for whom a bearer token speaks. It asks for a valid signature, `exp`, `sub`, and the
 * configured issuer and audience.
 *
 * The function throws DomainError `unauthenticated`, with what is wrong but nothing of the token, or `auth_unavailable`
 * when the issuer's keys cannot be had.
 */
export function tokenVerifier(settings: TokenSettings): (token: string) => Promise<Identity> {
  const verify = signatureVerifier(settings);
  return async (token) => {
    if (token.startsWith('up_')) {
      throw new DomainError('unauthenticated', 'An upload token is good for the routes of its upload only.');
    }
    const payload = await verify(token).catch((error: unknown) => {
      throw refusalOf(error);
    });
    checkAudience(payload, settings.JWT_AUDIENCE);
    const { sub, iss } = payload;
    if (typeof sub !== 'string' || sub.trim() === '') {
      throw new DomainError('unauthenticated', 'The token has no `sub`.');
    }
    const ownerId = ownerIdOf(sub, typeof iss === 'string' ? iss : '');
    return { subject: sub, ownerId, scopes: scopesOf(payload) };
  };
}

function signatureVerifier(settings: TokenSettings): (token: string) => Promise<JWTPayload> {
  const { JWT_SECRET: secret, JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer } = settings;
  const checks = {
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer !== undefined && { issuer }),
  };
  if (jwksUrl !== undefined) {
    const keys = publicKeys(jwksUrl);
    const options = { ...checks, algorithms: PUBLIC_KEY_ALGORITHMS };
    return async (token) => (await jwtVerify(token, keys, options)).payload;
  }
  if (secret === undefined) throw new Error('Neither JWT_SECRET nor JWT_JWKS_URL is set');
  // A key object is imported once; bytes would be at each request.
  const key = createSecretKey(secret, 'utf8');
  const options = { ...checks, algorithms: SHARED_SECRET_ALGORITHMS };
  return async (token) => (await jwtVerify(token, key, options)).payload;
}

/** The issuer's keys, kept for ten minutes and asked for again when a token names an unknown one. */
function publicKeys(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), { timeoutDuration: JWKS_TIMEOUT_MS });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      if (error instanceof errors.JOSENotSupported) throw error;
      // A token is not wrong because its issuer is down: a client that is told 401 would log its user out.
      throw new DomainError('auth_unavailable', 'The keys of the token issuer cannot be had at the moment.', {
        cause: error,
      });
    }
  };
}

/** Cognito's access tokens carry `client_id` instead of `aud`; `token_use` tells them from its ID tokens (R16). */
function checkAudience(payload: JWTPayload, audience: string | undefined): void {
  if (audience === undefined) return;
  const { aud, client_id: clientId, token_use: tokenUse } = payload;
  const isMeant =
    aud === undefined ? clientId === audience && tokenUse === 'access' : [aud].flat().includes(audience);
  if (!isMeant) throw new DomainError('unauthenticated', 'The token is meant for another audience.');
}

/** From `scope` (RFC 8693, separated by blanks) or `scp` (Azure AD as text, Okta as a list). */
function scopesOf(payload: JWTPayload): string[] {
  const given = payload.scope ?? payload.scp;
  const words = Array.isArray(given) ? given : typeof given === 'string' ? given.split(' ') : [];
  return words.filter((word): word is string => typeof word === 'string' && word !== '');
}

function refusalOf(error: unknown): Error {
  if (error instanceof DomainError) return error;
  if (!(error instanceof errors.JOSEError))
    return new DomainError('unauthenticated', NOT_A_TOKEN, { cause: error });
  return new DomainError('unauthenticated', detailOf(error), { cause: error });
}

const NOT_A_TOKEN = 'The bearer token is not a signed JWT.';

function detailOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return 'The token is not valid yet.';
    if (error.claim === 'iss') return 'The token is from another issuer.';
    return `The token's \`${error.claim}\` is missing or not valid.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The token is signed by an algorithm that is not accepted here.';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'The token is signed by a key that its issuer does not publish.';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'The token does not name its key (`kid`).';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong.';
  return NOT_A_TOKEN;
}
