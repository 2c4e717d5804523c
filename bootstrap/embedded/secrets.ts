import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { StartFailure } from '../start-failure.ts';
import { makeOwnFolder } from './own-folder.ts';

const SECRETS = z.object({
  JWT_SECRET: z.string().min(32),
  WEBHOOK_SECRET: z.string().startsWith('whsec_'),
  S3_ACCESS_KEY_ID: z.string().min(3),
  S3_SECRET_ACCESS_KEY: z.string().min(8),
});

/** What a laptop needs and nobody wants to think about. */
export type GeneratedSecrets = z.output<typeof SECRETS>;

/**
 * The secrets of this folder: made the first time, the same ever after, so that tokens and signed URLs survive a restart.
 * Two processes that make them at once agree on one set.
 *
 * @param dir SLUICE_DIR; made where it is missing
 */
export function generatedSecrets(dir: string): GeneratedSecrets {
  makeOwnFolder(dir);
  const file = path.join(dir, 'secrets.json');
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, `${JSON.stringify(makeSecrets(), null, 2)}\n`, { mode: 0o600 });
  try {
    // Unlike a rename, a link never replaces what another process has put there.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readSecrets(file);
}

function makeSecrets(): GeneratedSecrets {
  return {
    JWT_SECRET: randomBytes(48).toString('base64'),
    WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
    S3_ACCESS_KEY_ID: `SLUICE${randomBytes(7).toString('hex').toUpperCase()}`,
    S3_SECRET_ACCESS_KEY: randomBytes(30).toString('base64url'),
  };
}

function readSecrets(file: string): GeneratedSecrets {
  try {
    return SECRETS.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new StartFailure(
      `${file} cannot be read as generated secrets; restore it, or remove it to get new ones.`,
    );
  }
}
