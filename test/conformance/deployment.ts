import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { createApi } from '#api/app.ts';
import { serveApi } from '#api/serve.ts';
import { type FaultProxy, startFaultProxy } from '#test/support/fault-proxy.ts';
import { createTestPlatform, type TestPlatform } from '#test/support/platform.ts';
import { freePort } from '#test/support/ports.ts';
import { keepHouse } from './housekeeping.ts';
import { type Remains, remainsOf } from './remains.ts';
import { makeSourceFile, type SourceFile } from './source-file.ts';

const CLOSE_GRACE_MS = 2000;
/** No session outlives it, however often it is used. */
const SESSION_MAX_SECONDS = 31 * 86_400;
/** Here a session rests no longer. */
export const SESSION_SECONDS = 3600;

export interface Owner {
  readonly id: string;
  readonly bearer: string;
}

/** The service on real ports, with a fault-injecting proxy before its API and another one before its storage. */
export interface Deployment {
  readonly platform: TestPlatform;
  readonly api: FaultProxy;
  readonly storage: FaultProxy;
  /** Somebody who has uploaded nothing yet. */
  owner(options?: { expiresIn?: string }): Promise<Owner>;
  /** Whether the API knows the owner's token no more. */
  isLoggedOut(owner: Owner): Promise<boolean>;
  remains(ownerId: string): Promise<Remains>;
  /** Lets so much time pass that every session which is still open expires, and what expired is cleaned up. */
  ageSessions(ownerId: string): Promise<void>;
  file(sizeBytes: number): Promise<SourceFile>;
  /** Lets time pass for the API. Signed URLs and tokens keep the real time. */
  passSeconds(seconds: number): void;
  /** Between two cases: no fault, no record, nothing in flight, the present time. */
  reset(): void;
  close(): Promise<void>;
}

export async function startDeployment(env: Readonly<Record<string, string>> = {}): Promise<Deployment> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-conformance-'));
  const port = await freePort();
  const api = await startFaultProxy(`http://127.0.0.1:${port}`);
  // Pages are on 127.0.0.1, so that for a browser storage is of another site, as in the cloud.
  const storage = await startFaultProxy(env.S3_ENDPOINT ?? inject('s3').url, 'localhost');
  let aheadMs = 0;
  const platform = await createTestPlatform({
    env: {
      PUBLIC_URL: api.url,
      S3_PUBLIC_ENDPOINT: storage.url,
      UPLOAD_SESSION_TTL_SECONDS: String(SESSION_SECONDS),
      UPLOAD_POLICIES: JSON.stringify({ direct: { uploadsPerHour: null } }),
      ...env,
    },
    now: () => new Date(Date.now() + aheadMs),
  });
  const server = await serveApi(createApi(platform), { port, host: '127.0.0.1' });
  return {
    platform,
    api,
    storage,
    async owner(options) {
      const id = randomUUID();
      return { id, bearer: await platform.token(id, options) };
    },
    async isLoggedOut({ bearer }) {
      const headers = { authorization: `Bearer ${bearer}` };
      const response = await fetch(`http://127.0.0.1:${port}/api/videos`, { headers });
      await response.arrayBuffer();
      return response.status === 401;
    },
    remains: (ownerId) => remainsOf(platform, ownerId),
    async ageSessions(ownerId) {
      aheadMs += SESSION_MAX_SECONDS * 1000;
      await keepHouse(platform, ownerId);
    },
    file: (sizeBytes) => makeSourceFile(folder, sizeBytes),
    passSeconds(seconds) {
      aheadMs += seconds * 1000;
    },
    reset() {
      api.reset();
      storage.reset();
      aheadMs = 0;
    },
    async close() {
      await Promise.all([api.close(), storage.close()]);
      await server.close(CLOSE_GRACE_MS);
      await platform.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
