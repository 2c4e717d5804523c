/**
 * Prints a bearer token, and nothing else, for whoever runs the platform with a shared secret.
 * Run: `npm run -s token -- --sub <uuid> [--scope admin] [--ttl 1h]`
 */
import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { type Config, loadConfig } from '#bootstrap/config.ts';
import { withSecrets } from '#bootstrap/embedded/resolve-config.ts';
import { StartFailure } from '#bootstrap/start-failure.ts';

const USAGE = 'Usage: npm run -s token -- --sub <uuid> [--scope admin] [--ttl 1h]';
const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

try {
  process.stdout.write(`${await makeToken(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function makeToken(args: string[]): Promise<string> {
  const { sub, scope, ttl } = readArguments(args);
  if (sub === undefined || sub.trim() === '') throw new StartFailure(USAGE);
  const ttlSeconds = secondsOf(ttl);
  const config = withSecrets(loadConfig(process.env, 'tokens'));
  return sign(config, { sub, ...(scope !== undefined && { scope }) }, ttlSeconds);
}

function readArguments(args: string[]) {
  const options = {
    sub: { type: 'string' },
    scope: { type: 'string' },
    ttl: { type: 'string', default: '1h' },
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (cause) {
    throw new StartFailure(USAGE, { cause });
  }
}

/** `90s`, `15m`, `1h`, `7d` */
function secondsOf(ttl: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(ttl) ?? [];
  const seconds = Number(digits) * (UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS] ?? 0);
  if (seconds === 0) throw new StartFailure(`--ttl is ${ttl}; it must look like 90s, 15m, 1h or 7d.`);
  return seconds;
}

function sign(config: Config, claims: Record<string, string>, ttlSeconds: number): Promise<string> {
  const { JWT_SECRET: secret, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = config;
  if (secret === undefined) {
    throw new StartFailure(
      'Tokens come from the issuer behind JWT_JWKS_URL; only a shared secret can sign them here.',
    );
  }
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(new Date(Date.now() + ttlSeconds * 1000));
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
}
