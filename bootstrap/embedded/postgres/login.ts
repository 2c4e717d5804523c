import { readFileSync } from 'node:fs';
import { Client } from 'pg';

/**
 * Logs in once. SCRAM proves both sides, so a yes means that this is the server of our data directory and not
 * just anything that took its port.
 *
 * @param caFile PEM of the CA to trust, for a server that speaks TLS only
 * @returns false where nothing answers yet
 * @throws Error where the server refuses us for good
 */
export async function answers(url: string, tls: { caFile?: string } | undefined): Promise<boolean> {
  const ssl = tls && (tls.caFile ? { ca: readFileSync(tls.caFile, 'utf8') } : true);
  const client = new Client({ connectionString: url, ssl: ssl ?? false, connectionTimeoutMillis: 5000 });
  // A server that goes away after the login would otherwise end our process.
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (!isFinal(error)) return false;
    throw new Error(`The PostgreSQL server that runs there refuses us: ${String(error)}`, { cause: error });
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * SQLSTATE class 28 is "invalid authorization"; the others are OpenSSL's names for a certificate that we do not
 * trust. All else (refused connection, 57P03 starting up, 53300 too many clients) may pass.
 */
function isFinal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return /^28|^UNABLE_TO_|CERT|HOSTNAME_MISMATCH/.test(code) || /does not support SSL/.test(error.message);
}
