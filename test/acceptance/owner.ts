import { readFile } from 'node:fs/promises';
import { waitFor } from '#test/support/conditions.ts';

/** What a test reads of the API's answers. */
interface Answer {
  readonly id: string;
  readonly uploadSessionId: string;
  readonly uploadUrl: string;
  readonly partCount: number;
  readonly status: string;
  readonly failReason: string | null;
  readonly playback: { readonly streamUrl: string | null } | null;
}

export type Send = (path: string, init: RequestInit) => Promise<Response>;

/** Somebody with a phone: knows the API and nothing else. */
export interface Owner {
  /** Any call with the owner's token. */
  send(method: string, path: string, body?: object): Promise<Response>;
  /** Stores a file by presigned URLs; what is left is to complete the session. */
  store(file: string): Promise<{ videoId: string; sessionPath: string }>;
  /** Stores a file and completes its session. Answers the video's id. */
  upload(file: string): Promise<string>;
  video(videoId: string): Promise<Answer>;
  /** Waits for READY and answers the stream's path; FAILED ends the wait at once. */
  untilReady(videoId: string, options?: { timeoutMs?: number }): Promise<string>;
  /** Fetches every playlist and every segment of a stream, as a player would in the end. Answers how many. */
  play(streamPath: string): Promise<number>;
}

/** @param send takes a path, as `fetch` does with an address before it, or as Hono's own `request` */
export function ownerOf(send: Send, token: string): Owner {
  const call = (method: string, path: string, body?: object) =>
    send(path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  const answer = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await call(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };

  async function store(file: string): Promise<{ videoId: string; sessionPath: string }> {
    const bytes = await readFile(file);
    const source = { sourceMime: 'video/mp4', sourceSizeBytes: bytes.byteLength };
    const video = await answer('POST', '/api/videos', { title: 'Chaos', ...source });
    const session = await answer('POST', `/api/videos/${video.id}/uploads`, source);
    const sessionPath = `/api/uploads/${session.uploadSessionId}`;
    const part = await answer('POST', `${sessionPath}/parts`, { partNumber: 1 });
    const put = await fetch(part.uploadUrl, { method: 'PUT', body: bytes });
    if (!put.ok) throw new Error(`PUT answered ${put.status}: ${await put.text()}`);
    await put.arrayBuffer();
    return { videoId: video.id, sessionPath };
  }

  async function upload(file: string): Promise<string> {
    const { videoId, sessionPath } = await store(file);
    await answer('POST', `${sessionPath}/complete`);
    return videoId;
  }

  async function untilReady(videoId: string, { timeoutMs = 200_000 } = {}): Promise<string> {
    const seen = await waitFor(
      `video ${videoId} to be READY`,
      async () => {
        const video = await answer('GET', `/api/videos/${videoId}`);
        return ['READY', 'FAILED'].includes(video.status) && video;
      },
      { timeoutMs, everyMs: 200 },
    );
    const { streamUrl } = seen.playback ?? {};
    if (!streamUrl) throw new Error(`The video is ${seen.status}: ${seen.failReason}`);
    return new URL(streamUrl).pathname;
  }

  async function fetched(path: string): Promise<string> {
    const response = await send(path, {});
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
    if (response.status !== 200 || text === '') throw new Error(`${path} answered ${response.status}`);
    return text;
  }

  async function play(playlistPath: string): Promise<number> {
    const playlist = await fetched(playlistPath);
    const inTags = [...playlist.matchAll(/^#.*URI="([^"]+)"/gm)].map(([, uri = '']) => uri);
    const onLines = playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    let count = 1;
    for (const uri of [...inTags, ...onLines]) {
      const next = new URL(uri, `http://stream${playlistPath}`).pathname;
      if (next.endsWith('.m3u8')) count += await play(next);
      else {
        await fetched(next);
        count += 1;
      }
    }
    return count;
  }

  return { send: call, store, upload, video: (id) => answer('GET', `/api/videos/${id}`), untilReady, play };
}
