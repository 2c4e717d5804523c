/** Node's network errors, as pg passes them on. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);

/** SQLSTATE classes (PostgreSQL, appendix A): 08 connection, 53 resources, 57P0x shutdown and start-up. */
const SQL_STATE = /^(08...|53...|57P0[1-5])$/;

/** pg and pg-pool say these without any code. */
const MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i;

const DEPTH_MAX = 5;

/**
 * True when the database could not be reached, refuses new connections or is going down: the request was fine and can be
 * repeated. Storage errors must be told apart before; they never reach this with a network code of their own.
 */
export function isDatabaseUnavailable(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > DEPTH_MAX) return false;
  if (error instanceof AggregateError && error.errors.some((one) => isDatabaseUnavailable(one, depth + 1)))
    return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    NETWORK_CODES.has(code) ||
    SQL_STATE.test(code) ||
    MESSAGES.test(error.message) ||
    isDatabaseUnavailable(error.cause, depth + 1)
  );
}
