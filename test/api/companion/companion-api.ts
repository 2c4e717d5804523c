import { randomBytes } from 'node:crypto';
import { createTestApi, type TestApi } from '#test/api/test-api.ts';
import type { TestPlatformOptions } from '#test/support/platform.ts';

export const MIB = 1024 ** 2;

export function createCompanionApi(options: TestPlatformOptions = {}): Promise<TestApi> {
  const env = { UPLOAD_POLICIES: '{"direct":{"uploadsPerHour":null}}', ...options.env };
  return createTestApi({ ...options, env });
}

export interface Grant {
  readonly id: string;
  readonly token: string;
  readonly companionUrl: string;
  readonly tusUrl: string;
  readonly policy: string;
  readonly uploadsLeft: number;
  readonly expiresAt: string;
}

export async function granted(api: TestApi, json: object = { uploads: 100 }): Promise<Grant> {
  const response = await api.call('POST', '/api/upload-grants', { json });
  if (response.status !== 201) throw new Error(`granted: ${response.status} ${await response.text()}`);
  return (await response.json()) as Grant;
}

/** A call as Uppy makes it: no bearer, JSON if anything. */
export function uppy(api: TestApi, method: string, path: string, json?: unknown): Promise<Response> {
  return api.call(method, path, { as: null, ...(json !== undefined && { json }) });
}

export interface Begun {
  readonly key: string;
  readonly uploadId: string;
  /** Path of the upload, with its key. */
  at(step?: string): string;
}

/** A new upload under this token. */
export async function begun(
  api: TestApi,
  token: string,
  metadata: Record<string, unknown> = {},
): Promise<Begun> {
  const response = await uppy(api, 'POST', `/uppy/${token}/s3/multipart`, {
    filename: 'tour.mp4',
    type: 'video/mp4',
    metadata: { name: 'tour.mp4', type: 'video/mp4', ...metadata },
  });
  if (response.status !== 200) throw new Error(`begun: ${response.status} ${await response.text()}`);
  const { key, uploadId } = (await response.json()) as { key: string; uploadId: string };
  return {
    key,
    uploadId,
    at: (step = '') => `/uppy/${token}/s3/multipart/${uploadId}${step}?key=${key}`,
  };
}

/** Signs one part and PUTs bytes to it. Answers its number and its ETag as storage gives it. */
export async function storePart(
  api: TestApi,
  upload: Begun,
  partNumber: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ PartNumber: number; ETag: string }> {
  const response = await uppy(api, 'GET', upload.at(`/${partNumber}`));
  const { url } = (await response.json()) as { url: string };
  const stored = await fetch(url, { method: 'PUT', body: bytes });
  if (!stored.ok) throw new Error(`storePart: ${stored.status} ${await stored.text()}`);
  return { PartNumber: partNumber, ETag: stored.headers.get('etag') ?? '' };
}

export function someBytes(count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(count));
}

export async function videoRow(api: TestApi, videoId: string): Promise<Record<string, unknown>> {
  const { em } = api.platform.context({ kind: 'system' });
  const [row] = await em.execute<Record<string, unknown>[]>(
    `select v.*, s.status as session_status, s.size_bytes, s.part_size_bytes, s.provider
     from videos v join upload_sessions s on s.video_id = v.id where v.id = ?`,
    [videoId],
  );
  if (!row) throw new Error(`there is no video ${videoId}`);
  return row;
}
