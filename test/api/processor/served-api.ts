import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type RunningApi, serveApi } from '#api/serve.ts';
import { cleanSession } from '#domain/upload/clean-session.ts';
import { waitFor } from '#test/support/conditions.ts';
import type { TestPlatformOptions } from '#test/support/platform.ts';
import { connectRaw } from '#test/support/raw-socket.ts';
import { createTestApi, type TestApi } from '../test-api.ts';

/** A job as its owner sees it, as far as tests look. */
export interface ShownJob {
  readonly jobId: string;
  readonly status: string;
  readonly title: string;
  readonly description: string | null;
  readonly manifestUrl: string | null;
  readonly renditions: { quality: string; playlistUrl: string | null; url: string | null }[];
  readonly error: string | null;
}

/** The API behind a real socket: bodies in chunks and clients that hang up are nothing that a call in memory shows. */
export interface ServedApi {
  readonly api: TestApi;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** `Bearer ...` of an owner; a new one unless told. */
  authorization(ownerId?: string): Promise<string>;
  /** POSTs a body to /api/videos. */
  post(
    body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | FormData,
    options?: { headers?: Record<string, string>; query?: string; owner?: string },
  ): Promise<Response>;
  /** Sends what is given, hangs up if asked to, and answers what came back until the other side closed. */
  exchange(lines: readonly string[], body: string, options?: { hangUp?: boolean }): Promise<string>;
  /** Status and reason of the only video of an owner, when it has ended. */
  ended(ownerId: string): Promise<{ id: string; status: string; fail_reason: string | null }>;
  /** Waits until this video is FAILED. */
  failed(videoId: string): Promise<void>;
  videosOf(ownerId: string): Promise<{ id: string; status: string; fail_reason: string | null }[]>;
  /** Keys that stand in the source bucket for a video, and its open multipart uploads, when the queue has cleaned. */
  stored(videoId: string): Promise<string[]>;
  close(): Promise<void>;
}

export async function serveTestApi(options: TestPlatformOptions = {}): Promise<ServedApi> {
  const api = await createTestApi(options);
  const server: RunningApi = await serveApi(api.app, { port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${server.port}`;
  const system = () => api.platform.context({ kind: 'system' });
  const authorization = async (ownerId: string = randomUUID()) =>
    `Bearer ${await api.platform.token(ownerId)}`;
  const videosOf: ServedApi['videosOf'] = (ownerId) =>
    system().em.execute(
      'select id, status, fail_reason from videos where owner_id = ? and deleted_at is null',
      [ownerId],
    );
  return {
    api,
    url,
    authorization,
    videosOf,
    async post(body, { headers = {}, query = '', owner } = {}) {
      const all = { 'Content-Type': 'video/mp4', Authorization: await authorization(owner), ...headers };
      // A form brings its own type, with the boundary in it.
      const sent = body instanceof FormData ? { Authorization: all.Authorization, ...headers } : all;
      return fetch(`${url}/api/videos${query}`, {
        method: 'POST',
        headers: sent,
        body,
        duplex: 'half',
      } as RequestInit);
    },
    async exchange(lines, body, { hangUp = false } = {}) {
      const { socket, answer } = await connectRaw(server.port);
      socket.write(
        `${['POST /api/videos HTTP/1.1', 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n${body}`,
      );
      if (hangUp) setTimeout(() => socket.destroy(), 100);
      await once(socket, 'close');
      return answer();
    },
    ended: (ownerId) =>
      waitFor('the video to end', async () => {
        const [video] = await videosOf(ownerId);
        return video?.status === 'FAILED' && video;
      }),
    async failed(videoId) {
      await waitFor('the video to be FAILED', async () => {
        const [row] = await system().em.execute('select status from videos where id = ?', [videoId]);
        return row?.status === 'FAILED';
      });
    },
    async stored(videoId) {
      const { sources } = system().storage;
      const sessions = await system().em.execute('select id from upload_sessions where video_id = ?', [
        videoId,
      ]);
      for (const { id: sessionId } of sessions) await cleanSession(system(), { sessionId });
      const objects = await Array.fromAsync(sources.list(`uploads/${videoId}/`));
      const open = await Array.fromAsync(sources.listMultiparts(`uploads/${videoId}/`));
      return [...objects, ...open].map(({ key }) => key);
    },
    async close() {
      await server.close(1000);
      await api.close();
    },
  };
}

/** An answer's status, of raw HTTP. */
export const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

/** One chunk of a chunked body. */
export const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/** A stream of a known number of bytes, of which nobody says how many they are. */
export function stream(sizeBytes: number, chunkBytes = 64 * 1024): ReadableStream<Uint8Array> {
  let left = sizeBytes;
  return new ReadableStream({
    pull(controller) {
      const next = Math.min(left, chunkBytes);
      left -= next;
      if (next === 0) controller.close();
      else controller.enqueue(new Uint8Array(next).fill(left % 251));
    },
  });
}
