import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ApiRefusal, callApi } from '../demo/api.ts';
import { uploadFile } from '../demo/upload-file.ts';
import { playEverything } from './play-everything.ts';

const CLIP = { path: path.join(import.meta.dirname, 'clip.mp4'), mime: 'video/mp4', seconds: 2 };
const ASK_AGAIN_MS = 1000;

export interface SmokeTarget {
  /** Address of the API, without a slash at the end. */
  readonly base: string;
  readonly token: string;
  /** Ends the test where it stands; the video is deleted nevertheless. */
  readonly signal: AbortSignal;
  /** Leaves the video. */
  readonly keep: boolean;
}

interface Video {
  readonly id: string;
  readonly status: string;
  readonly failReason: string | null;
  readonly playback: { readonly streamUrl: string | null };
}

/**
 * One video from its creation to its deletion, each step with a line to `say`.
 *
 * Throws an Error that names the step which failed. The video is deleted in any case, unless it is to be kept.
 */
export async function smoke(target: SmokeTarget, say: (line: string) => void): Promise<void> {
  const { base, token, signal } = target;
  const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    try {
      signal.throwIfAborted();
      const result = await run();
      say(`${name.padEnd(9)} ok  ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
      return result;
    } catch (cause) {
      const why = signal.aborted ? 'it took too long' : reasonOf(cause);
      throw new Error(`smoke test of ${base}: ${name} failed: ${why}`, { cause });
    }
  };
  await step('live', () => untilLive(base, signal));
  const sizeBytes = (await stat(CLIP.path)).size;
  const { id } = await step('create', () =>
    callApi<Video>(base, token, 'POST', '/api/videos', {
      title: 'Smoke test',
      sourceMime: CLIP.mime,
      sourceSizeBytes: sizeBytes,
    }),
  );
  let isOver = false;
  try {
    const file = { path: CLIP.path, sizeBytes, mime: CLIP.mime, videoId: id };
    await step('upload', () => uploadFile({ base, token }, file, () => signal.throwIfAborted()));
    const video = await step('ready', () => untilReady(target, id));
    const { segments } = await step('play', () =>
      playEverything(video.playback.streamUrl ?? '', CLIP.seconds, signal),
    );
    say(`          ${segments} segments, ${video.playback.streamUrl}`);
    isOver = true;
  } finally {
    if (!target.keep)
      await step('delete', () => deleteVideo(target, id)).catch((error) => giveUp(error, isOver, say));
  }
}

/** The first failure is the one to be told of. */
function giveUp(error: unknown, isFirst: boolean, say: (line: string) => void): void {
  if (isFirst) throw error;
  say(`the video stays: ${reasonOf(error)}`);
}

/** A deployment that has just been replaced may need a moment. */
async function untilLive(base: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const answer = await fetch(`${base}/health/live`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    })
      .then(({ ok, status }) => (ok ? null : `it answers ${status}`))
      .catch((error: unknown) => reasonOf(error));
    if (answer === null) return;
    if (signal.aborted) throw new Error(answer);
    await pause(ASK_AGAIN_MS);
  }
}

async function untilReady({ base, token, signal }: SmokeTarget, id: string): Promise<Video> {
  for (;;) {
    const video = await callApi<Video>(base, token, 'GET', `/api/videos/${id}`);
    if (video.status === 'READY') return video;
    if (video.status === 'FAILED') throw new Error(`the video is FAILED: ${video.failReason}`);
    await pause(ASK_AGAIN_MS, undefined, { signal });
  }
}

/** Deleted, and gone for whoever asks. */
async function deleteVideo({ base, token }: SmokeTarget, id: string): Promise<void> {
  await callApi(base, token, 'DELETE', `/api/videos/${id}`);
  const stillThere = await callApi(base, token, 'GET', `/api/videos/${id}`).then(
    () => true,
    (error: unknown) => !(error instanceof ApiRefusal && error.status === 404),
  );
  if (stillThere) throw new Error(`${id} is deleted and still shown`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
