import { randomBytes } from 'node:crypto';
import { createApi } from '#api/app.ts';
import { type RunningApi, serveApi } from '#api/serve.ts';
import { createTestPlatform, type TestPlatform, type TestPlatformOptions } from '#test/support/platform.ts';

export const MIB = 1024 ** 2;
const TUS = { 'Tus-Resumable': '1.0.0' };
const PIECE_TYPE = 'application/offset+octet-stream';

/** An API that listens, as tus clients need it. */
export interface TusApi {
  readonly platform: TestPlatform;
  readonly server: RunningApi;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveTus(options: TestPlatformOptions = {}): Promise<TusApi> {
  const platform = await createTestPlatform({
    ...options,
    // The tests of one owner begin more uploads than an hour allows.
    env: { UPLOAD_POLICIES: '{"direct":{"uploadsPerHour":null}}', ...options.env },
  });
  const server = await serveApi(createApi(platform), { port: 0, host: '127.0.0.1' });
  return {
    platform,
    server,
    url: `http://127.0.0.1:${server.port}`,
    async close() {
      await server.close(1000);
      await platform.close();
    },
  };
}

export function metadata(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, text]) => `${name} ${Buffer.from(text).toString('base64')}`)
    .join(',');
}

export const FILE_METADATA = metadata({ filename: 'tour.mp4', filetype: 'video/mp4', title: 'Tour' });

/** POST of a creation. Headers of `extra` replace the usual ones; null leaves one out. */
export async function creation(
  api: TusApi,
  ownerId: string | null,
  extra: Readonly<Record<string, string | null>> = {},
  { body, path = '/api/tus' }: { body?: Uint8Array<ArrayBuffer>; path?: string } = {},
): Promise<Response> {
  const headers: Record<string, string | null> = {
    ...TUS,
    'Upload-Length': '1000',
    'Upload-Metadata': FILE_METADATA,
    ...(ownerId !== null && { Authorization: `Bearer ${await api.platform.token(ownerId)}` }),
    ...(body && { 'Content-Type': PIECE_TYPE }),
    ...extra,
  };
  const sent = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== null);
  return fetch(api.url + path, { method: 'POST', headers: sent, ...(body && { body }) });
}

/** A new upload of so many bytes. Answers its path. */
export async function begun(
  api: TusApi,
  ownerId: string,
  sizeBytes: number | 'deferred',
): Promise<{ path: string; videoId: string }> {
  const length: Record<string, string | null> =
    sizeBytes === 'deferred'
      ? { 'Upload-Length': null, 'Upload-Defer-Length': '1' }
      : { 'Upload-Length': String(sizeBytes) };
  const response = await creation(api, ownerId, length);
  if (response.status !== 201) throw new Error(`begun: ${response.status} ${await response.text()}`);
  return {
    path: response.headers.get('location') ?? '',
    videoId: response.headers.get('sluice-video-id') ?? '',
  };
}

export function head(api: TusApi, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(api.url + path, { method: 'HEAD', headers: { ...TUS, ...headers } });
}

export async function offsetOf(api: TusApi, path: string): Promise<number> {
  const response = await head(api, path);
  if (response.status !== 200) throw new Error(`offsetOf: ${response.status}`);
  return Number(response.headers.get('upload-offset'));
}

export function patch(
  api: TusApi,
  path: string,
  offset: number,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(api.url + path, {
    method: 'PATCH',
    headers: { ...TUS, 'Content-Type': PIECE_TYPE, 'Upload-Offset': String(offset), ...headers },
    body,
  });
}

export function bytes(count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(count));
}

/** What the video has in storage. */
export async function sourceOf(api: TusApi, videoId: string): Promise<Buffer> {
  const context = api.platform.context({ kind: 'system' });
  const [row] = await context.em.execute<{ source_file_key: string | null }[]>(
    'select source_file_key from videos where id = ?',
    [videoId],
  );
  if (!row?.source_file_key) throw new Error(`video ${videoId} has no source yet`);
  const { body } = await context.storage.sources.get(row.source_file_key);
  return Buffer.concat(await body.toArray());
}

export async function standing(api: TusApi, videoId: string): Promise<{ video: string; session: string }> {
  const { em } = api.platform.context({ kind: 'system' });
  const [row] = await em.execute<{ video: string; session: string }[]>(
    `select v.status as video, s.status as session from videos v join upload_sessions s on s.video_id = v.id
     where v.id = ?`,
    [videoId],
  );
  if (!row) throw new Error(`there is no video ${videoId}`);
  return row;
}
