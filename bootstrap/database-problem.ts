import type { DatabaseAddress } from './database-address.ts';

/** What is read of an error by pg, Node's network code or its TLS. */
interface RawError {
  readonly code?: string;
  readonly message?: string;
  readonly errors?: readonly RawError[];
}

const UNTRUSTED = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
]);

/** Why Postgres cannot be used, in one line without a password; undefined where the error is none of connecting. */
export function databaseProblem(error: unknown, database: DatabaseAddress): string | undefined {
  const url = new URL(database.url);
  const where = `Postgres at ${url.hostname}:${url.port || '5432'}`;
  const { code = '', message = '' } = innermost(error as RawError);
  if (UNTRUSTED.has(code)) {
    const advice = database.caCertificate
      ? 'DATABASE_CA_CERT is not the authority that signed it'
      : 'set DATABASE_CA_CERT to the PEM of the authority that signed it';
    return `${where} shows a certificate that is not trusted (${code}): ${advice}.`;
  }
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `${where} shows a certificate that has expired.`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `${where} shows a certificate for another host name; use the one it names in DATABASE_URL.`;
    case 'ECONNREFUSED':
      return `${where} refuses connections; is it running, and is DATABASE_URL right?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${where}: this host name is not known; check DATABASE_URL.`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${where} does not answer; is a firewall between?`;
    case 'ECONNRESET':
      return `${where} cuts connections off.`;
    // Class 28 and 3D of Postgres' error codes (its manual, appendix A).
    case '28P01':
      return `${where} refuses the password of user ${decodeURIComponent(url.username)}; check DATABASE_URL.`;
    case '28000':
      return `${where} refuses user ${decodeURIComponent(url.username)}: ${message}.`;
    case '3D000':
      return `${where} has no database ${decodeURIComponent(url.pathname.slice(1))}; make it, or check DATABASE_URL.`;
    case '53300':
      return `${where} has no connection left; lower DATABASE_POOL_SIZE or take a larger database.`;
    case '57P03':
      return `${where} is just starting or stopping; try again.`;
  }
  if (/does not support SSL/i.test(message))
    return `${where} has no TLS, which DATABASE_URL or DATABASE_CA_CERT demands.`;
  if (/timeout/i.test(message)) return `${where} does not answer; is a firewall between?`;
  return undefined;
}

/** Trying IPv6 and IPv4 in turn gives an error that holds one for each. */
function innermost(error: RawError): RawError {
  return error.code || !error.errors?.[0] ? error : innermost(error.errors[0]);
}
