import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type EmbeddedS3, startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import type { Log } from '#domain/context.ts';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import { createTestApi } from '#test/api/test-api.ts';

const CALLS = { accessKeyId: 'calls', secretAccessKey: 'secret-of-calls' };
const SIGNS = { accessKeyId: 'signs', secretAccessKey: 'secret-of-signatures' };
const HOUR_MS = 3_600_000;

let folder: string;
let s3: EmbeddedS3;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-long-lived-'));
  const keys = { calls: CALLS.secretAccessKey, signs: SIGNS.secretAccessKey };
  s3 = await startEmbeddedS3({ dir: folder, port: 0, keys, buckets: [] });
});
afterAll(async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

/** A deployment whose calls go by a role's session that ends in an hour, with what it logs. */
async function inSession(signing: { accessKeyId: string; secretAccessKey: string } | null) {
  const lines: string[] = [];
  const write = (fields: object, message: string) => {
    const { err } = fields as { err?: Error };
    lines.push(`${message} ${err?.message ?? ''}`.trim());
  };
  const log: Log = { debug() {}, info() {}, warn: write, error: write };
  const endsAt = new Date(Date.now() + HOUR_MS);
  const api = await createTestApi({
    log,
    env: {
      S3_ENDPOINT: s3.url,
      S3_ACCESS_KEY_ID: CALLS.accessKeyId,
      S3_SECRET_ACCESS_KEY: CALLS.secretAccessKey,
      ...(signing && {
        S3_SIGNING_ACCESS_KEY_ID: signing.accessKeyId,
        S3_SIGNING_SECRET_ACCESS_KEY: signing.secretAccessKey,
      }),
    },
    replace: ({ storage }) => {
      const connection = s3Connection({
        region: 'us-east-1',
        endpoint: s3.url,
        vendor: 'embedded',
        ...(signing && { signingCredentials: signing }),
      });
      onTestFinished(() => connection.close());
      connection.server.client.config.credentials = async () => ({ ...CALLS, expiration: endsAt });
      return { storage: { ...storage, sources: connection.store(storage.sources.bucket) } };
    },
  });
  onTestFinished(() => api.close());
  return { api, lines, endsAt };
}

async function adminUrl({ api }: Awaited<ReturnType<typeof inSession>>) {
  const json = { file_name: 'course.zip' };
  const answer = await api.call('POST', '/api/uploads/signed_url', { json, scopes: ['admin'] });
  const { signed_url: url, expires_at: expiresAt } = (await answer.json()) as Record<string, string>;
  return { url: url ?? '', expiresAt: new Date(expiresAt ?? '') };
}

test("the admin's URL lives its twelve hours where a key signs that outlives the role's session", async () => {
  const deployment = await inSession(SIGNS);
  const { url, expiresAt } = await adminUrl(deployment);
  expect(Math.round((expiresAt.getTime() - Date.now()) / HOUR_MS)).toBe(12);
  expect(new URL(url).searchParams.get('X-Amz-Credential')).toMatch(/^signs\//);
  expect((await fetch(url, { method: 'PUT', body: 'PK' })).status).toBe(200);
  expect(deployment.lines).toEqual([]);
});

test('without such a key it ends with the session, and says so', async () => {
  const deployment = await inSession(null);
  const { expiresAt } = await adminUrl(deployment);
  expect(expiresAt.getTime()).toBeLessThanOrEqual(deployment.endsAt.getTime());
  expect(expiresAt.getTime()).toBeGreaterThan(Date.now() + 0.9 * HOUR_MS);
});

test('a signing key that storage refuses is told at start and by /health/ready, which shows no names', async () => {
  const { api, lines } = await inSession({ ...SIGNS, accessKeyId: 'deleted' });
  const told =
    'the key of S3_SIGNING_ACCESS_KEY_ID signs URLs that fail: storage refused the access key: it does not know it';
  expect(lines).toEqual([told]);
  const ready = await api.call('GET', '/health/ready', { as: null });
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({
    status: 'degraded',
    storage: 'storage refuses signed URLs',
    database: 'ok',
  });
  expect(lines).toEqual([told, `storage refuses signed URLs ${told}`]);
  expect(lines.join()).not.toContain(SIGNS.secretAccessKey);
});

test('one that works is well', async () => {
  const { api } = await inSession(SIGNS);
  const ready = await api.call('GET', '/health/ready', { as: null });
  expect(await ready.json()).toMatchObject({ storage: 'ok' });
});

test('however often anybody asks for health, storage is asked about the key once', async () => {
  const { api } = await inSession(SIGNS);
  const sent = vi.spyOn(globalThis, 'fetch');
  onTestFinished(() => sent.mockRestore());
  for (let i = 0; i < 3; i += 1) await api.call('GET', '/health/ready', { as: null });
  expect(sent.mock.calls.filter(([url]) => String(url).includes('signing-check'))).toHaveLength(1);
});
