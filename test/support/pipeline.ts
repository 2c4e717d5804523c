import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createApi } from '#api/app.ts';
import { startWorker, type Worker } from '#worker/start-worker.ts';
import { waitFor } from './conditions.ts';
import { createTestPlatform, type TestPlatform, type TestPlatformOptions } from './platform.ts';

/** A video as its owner's API shows it, as far as tests look. */
export interface ShownVideo {
  readonly id: string;
  readonly status: string;
  readonly failReason: string | null;
  readonly progress: number | null;
  readonly durationSeconds: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly posterUrl: string | null;
  readonly playback: { readonly streamUrl: string | null } | null;
}

export interface UploadOptions {
  /** What the client says it sends. Default `video/mp4`. */
  readonly mime?: string;
  /** Uploads a new source for this video. Default: a new video. */
  readonly videoId?: string;
}

export interface PipelineOptions extends TestPlatformOptions {
  /** False leaves the work to workers that the test starts itself. */
  readonly withWorker?: boolean;
}

/** The whole service in this process, and an owner who knows nothing of it but the API. */
export interface Pipeline {
  readonly platform: TestPlatform;
  readonly app: ReturnType<typeof createApi>;
  readonly ownerId: string;
  /** Any call with the owner's token. */
  call(method: string, path: string, body?: object): Promise<Response>;
  /** As `call`, for the body; throws on an answer of 400 and above. */
  answer<T = ShownVideo>(method: string, path: string, body?: object): Promise<T>;
  /** Stores bytes in parts by presigned URLs and completes the session, as a phone does. Resolves to the video's id. */
  upload(bytes: Uint8Array<ArrayBuffer>, options?: UploadOptions): Promise<string>;
  /** As `upload`, from a file. */
  uploadClip(file: string, options?: UploadOptions): Promise<string>;
  show(videoId: string): Promise<ShownVideo>;
  /** Waits until the video is READY or FAILED. */
  untilEnded(videoId: string): Promise<ShownVideo>;
  /** As `untilEnded`; throws unless it is READY. */
  untilReady(videoId: string): Promise<ShownVideo>;
  rows<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Keys under a prefix of the bucket. */
  keys(bucket: 'sources' | 'media', prefix: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Long enough for a queue of clips on a busy machine; a stuck pipeline fails by it. */
const ENDED_WITHIN_MS = 115_000;

/** Starts a deployment of its own with FFmpeg, its API and, unless told otherwise, one worker. */
export async function startPipeline({
  withWorker = true,
  ...options
}: PipelineOptions = {}): Promise<Pipeline> {
  const platform = await createTestPlatform({ ...options, withTranscoder: true });
  const worker: Worker | null = withWorker ? await startWorker(platform) : null;
  const app = createApi(platform);
  const ownerId = randomUUID();
  const token = await platform.token(ownerId);

  const call = async (method: string, path: string, body?: object) =>
    app.request(path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });

  async function answer<T = ShownVideo>(method: string, path: string, body?: object): Promise<T> {
    const response = await call(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async function upload(
    bytes: Uint8Array<ArrayBuffer>,
    { mime = 'video/mp4', videoId }: UploadOptions = {},
  ): Promise<string> {
    const source = { sourceMime: mime, sourceSizeBytes: bytes.byteLength };
    const id = videoId ?? (await answer('POST', '/api/videos', { title: 'Tour', ...source })).id;
    const session = await answer<{ uploadSessionId: string; partCount: number; partSizeBytes: number }>(
      'POST',
      `/api/videos/${id}/uploads`,
      source,
    );
    const path = `/api/uploads/${session.uploadSessionId}`;
    for (let partNumber = 1; partNumber <= session.partCount; partNumber += 1) {
      const { uploadUrl } = await answer<{ uploadUrl: string }>('POST', `${path}/parts`, { partNumber });
      const start = (partNumber - 1) * session.partSizeBytes;
      const body = bytes.subarray(start, start + session.partSizeBytes);
      const put = await fetch(uploadUrl, { method: 'PUT', body });
      if (!put.ok) throw new Error(`PUT of part ${partNumber} answered ${put.status}: ${await put.text()}`);
      await put.arrayBuffer();
    }
    await answer('POST', `${path}/complete`);
    return id;
  }

  const show = (videoId: string) => answer('GET', `/api/videos/${videoId}`);

  const untilEnded = (videoId: string) =>
    waitFor(
      `video ${videoId} to be READY or FAILED`,
      async () => {
        const video = await show(videoId);
        return ['READY', 'FAILED'].includes(video.status) && video;
      },
      { timeoutMs: ENDED_WITHIN_MS, everyMs: 100 },
    );

  return {
    platform,
    app,
    ownerId,
    call,
    answer,
    upload,
    uploadClip: async (file, uploadOptions) => upload(await readFile(file), uploadOptions),
    show,
    untilEnded,
    async untilReady(videoId) {
      const video = await untilEnded(videoId);
      if (video.status !== 'READY') throw new Error(`Video ${videoId} is FAILED: ${video.failReason}`);
      return video;
    },
    rows: (sql, values = []) => platform.context({ kind: 'system' }).em.execute(sql, [...values]),
    async keys(bucket, prefix) {
      const keys: string[] = [];
      for await (const object of platform.context({ kind: 'system' }).storage[bucket].list(prefix))
        keys.push(object.key);
      return keys;
    },
    async close() {
      await worker?.stop();
      await platform.close();
    },
  };
}
