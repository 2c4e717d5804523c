import { createHmac } from 'node:crypto';
import type { Config, Output } from '@pulumi/pulumi';
import type { TokenSettings } from '../../settings.ts';

/** Who the canary is to the service, which deletes what this owner began after an hour. */
export interface CanaryIdentity {
  readonly subject: string;
  /** A bearer token of that subject, and of nobody else. A secret. */
  readonly token: Output<string>;
}

const OWN_SUBJECT = 'sluice-canary';
/** Far away and always the same, as a token that changes would be a change at every `up`. */
const OWN_TOKEN_ENDS_AT = Date.UTC(2035, 0, 1) / 1000;
/** As the service takes it (CANARY_SUBJECT). */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;

/**
 * The canary's own token, made here where the service verifies tokens by a secret: whoever holds it cannot make others. Tokens
 * of another issuer have to be given, and their subject said once more, so that nobody's own token is taken by mistake.
 *
 * Throws one line that names what is missing; a token of another subject fails the deployment.
 */
export function canaryIdentityFrom(
  config: Config,
  tokens: TokenSettings,
  jwtSecret: Output<string> | null,
): CanaryIdentity {
  if (tokens.kind === 'secret' && jwtSecret !== null)
    return { subject: OWN_SUBJECT, token: jwtSecret.apply((secret) => signedToken(secret, OWN_SUBJECT)) };
  const subject = config.get('canarySubject');
  const token = config.getSecret('canaryToken');
  if (subject === undefined || token === undefined)
    throw new Error(
      'canary needs canarySubject and the secret canaryToken, as tokens are of another issuer: a user kept for it, who has no videos: what that user begins is deleted after an hour',
    );
  if (!SUBJECT.test(subject))
    throw new Error(`canarySubject must be 1 to 255 printable characters without blanks; given: ${subject}`);
  return { subject, token: token.apply((given) => checkedToken(subject, given)) };
}

/** A JWT by HS256 (RFC 7519, RFC 7515 section 3.1), without `iat`, so that the same is made each time. */
function signedToken(secret: string, subject: string): string {
  const signed = [
    { alg: 'HS256', typ: 'JWT' },
    { sub: subject, exp: OWN_TOKEN_ENDS_AT },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  // The service trims its variables too.
  return `${signed}.${createHmac('sha256', secret.trim()).update(signed).digest('base64url')}`;
}

/** The token of a subject. Throws one line, without the token, for that of another. */
export function checkedToken(subject: string, token: string): string {
  if (subjectIn(token.trim()) === subject) return token.trim();
  throw new Error('canaryToken must be a JWT whose sub is canarySubject');
}

function subjectIn(token: string): unknown {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof payload === 'object' && payload !== null && 'sub' in payload ? payload.sub : undefined;
  } catch {
    return undefined;
  }
}
