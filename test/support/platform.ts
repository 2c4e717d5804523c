import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SignJWT } from 'jose';
import { inject } from 'vitest';
import { composePlatform, type SharedContext } from '#bootstrap/compose.ts';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import type { Platform } from '#bootstrap/platform.ts';
import type { Actor, Log } from '#domain/context.ts';
import { createTestDatabase } from './postgres.ts';

export interface TestPlatformOptions {
  /** Environment variables beside those that the test servers need. */
  readonly env?: Readonly<Record<string, string>>;
  /** Puts a part of its own in place of the real one; wrap the real one where you can. */
  readonly replace?: (shared: SharedContext) => Partial<SharedContext>;
  readonly now?: () => Date;
  readonly withTranscoder?: boolean;
  readonly log?: Log;
  /** Joins a database and buckets that another platform made: two processes of one deployment. */
  readonly sharing?: TestPlatform;
}

export interface TestPlatform extends Platform {
  /** What a process needs in its environment to join this deployment. */
  readonly env: Readonly<Record<string, string>>;
  /** A bearer token as an issuer would sign it. */
  token(ownerId: string, options?: { scopes?: readonly string[]; expiresIn?: string }): Promise<string>;
}

const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const TEST_WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** A user as the API would make it from a token. */
export function userActor(
  ownerId: string = randomUUID(),
  scopes: readonly string[] = [],
): Actor & { kind: 'user' } {
  return { kind: 'user', ownerId, scopes };
}

/** A deployment of its own: a real database, two real buckets, everything wired as in production. */
export async function createTestPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const shared = options.sharing;
  const database = shared ? null : await createTestDatabase();
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-platform-'));
  const s3 = inject('s3');
  const name = randomUUID().slice(0, 8);
  const env: Record<string, string> = {
    DATABASE_URL: database?.url ?? shared?.env.DATABASE_URL ?? '',
    S3_ENDPOINT: s3.url,
    S3_VENDOR: 'embedded',
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    S3_SOURCE_BUCKET: shared?.env.S3_SOURCE_BUCKET ?? `sources-${name}`,
    S3_MEDIA_BUCKET: shared?.env.S3_MEDIA_BUCKET ?? `media-${name}`,
    JWT_SECRET: 'a-secret-of-the-tests-that-is-long-enough',
    WEBHOOK_SECRET: TEST_WEBHOOK_SECRET,
    PUBLIC_URL: 'http://localhost:4000',
    SLUICE_DIR: folder,
    LOG_LEVEL: 'silent',
    ...options.env,
  };
  const platform = await composePlatform(completeConfig(loadConfig(env)), {
    withTranscoder: options.withTranscoder ?? false,
    log: options.log ?? silentLog,
    ...(options.now && { now: options.now }),
    ...(options.replace && { replace: options.replace }),
  });
  return {
    ...platform,
    env,
    token: (ownerId, { scopes = [], expiresIn = '1h' } = {}) =>
      new SignJWT({ scope: scopes.join(' ') })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(ownerId)
        .setExpirationTime(expiresIn)
        .sign(new TextEncoder().encode(env.JWT_SECRET)),
    async close() {
      await platform.close();
      await database?.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
