/**
 * The whole of Sluice on one machine: starts it, uploads a video by presigned URLs, transcodes it, fetches and measures
 * the stream, and says where it plays. Run: `npm run demo [-- path/to/video.mp4] [--keep]`.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { callApi } from './demo/api.ts';
import { checkStream } from './demo/check-stream.ts';
import { makeClip } from './demo/make-clip.ts';
import { mimeTypeOf } from './demo/mime-type.ts';
import { progressBar } from './demo/progress-bar.ts';
import { type RunningSluice, startSluice } from './demo/running-sluice.ts';
import { uploadFile } from './demo/upload-file.ts';

interface Video {
  id: string;
  status: string;
  failReason: string | null;
  progress: number | null;
  durationSeconds: number | null;
  playback: { streamUrl: string | null };
}

const { values, positionals } = theArguments();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort(signal));

const folder = await mkdtemp(path.join(tmpdir(), 'sluice-demo-'));
let sluice: RunningSluice | undefined;
try {
  const binaries = await findFfmpeg({
    ffmpegPath: process.env.FFMPEG_PATH,
    ffprobePath: process.env.FFPROBE_PATH,
    pathVariable: process.env.PATH ?? '',
  });
  const file = await theVideo(positionals[0], binaries.ffmpeg);
  console.log('Starting Sluice: Postgres, an S3 server, the API and a worker …');
  sluice = await startSluice(interrupted.signal);
  const video = await uploadAndWait(sluice, file);
  const streamUrl = video.playback.streamUrl ?? '';
  const variants = await checkStream(streamUrl, binaries.ffprobe, video.durationSeconds ?? 0);
  report(sluice, video, variants);
  if (values.keep) {
    console.log('\nSluice keeps running. Ctrl-C ends it.');
    await sluice.untilEnded();
  }
} catch (error) {
  process.exitCode = 1;
  const stopped = interrupted.signal.aborted;
  console.error(
    stopped ? '\nStopped.' : `\nThe demo failed: ${error instanceof Error ? error.message : error}`,
  );
} finally {
  await sluice?.stop();
  await rm(folder, { recursive: true, force: true });
}

function theArguments() {
  try {
    return parseArgs({ options: { keep: { type: 'boolean' } }, allowPositionals: true });
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : error}\nUsage: npm run demo -- [path/to/video.mp4] [--keep]`,
    );
    return process.exit(1);
  }
}

async function theVideo(
  given: string | undefined,
  ffmpeg: string,
): Promise<{ path: string; sizeBytes: number }> {
  if (given === undefined) {
    const made = path.join(folder, 'demo.mp4');
    console.log('Making a clip: 12 s of 1080p …');
    await makeClip(ffmpeg, made);
    return { path: made, sizeBytes: (await stat(made)).size };
  }
  const found = await stat(given).catch(() => null);
  if (!found?.isFile()) throw new Error(`There is no file ${given}`);
  return { path: given, sizeBytes: found.size };
}

async function uploadAndWait(
  { base, token }: RunningSluice,
  file: { path: string; sizeBytes: number },
): Promise<Video> {
  const mime = mimeTypeOf(file.path);
  const title = path.basename(file.path);
  const { id } = await callApi<Video>(base, token, 'POST', '/api/videos', {
    title,
    sourceMime: mime,
    sourceSizeBytes: file.sizeBytes,
  });
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const uploading = progressBar('upload', process.stdout);
  await uploadFile({ base, token }, { ...file, mime, videoId: id }, (storedBytes) => {
    interrupted.signal.throwIfAborted();
    uploading.show(storedBytes / file.sizeBytes, `${megabytes(storedBytes)} of ${megabytes(file.sizeBytes)}`);
  });
  uploading.end(megabytes(file.sizeBytes));

  const transcoding = progressBar('transcode', process.stdout);
  const startedAt = performance.now();
  for (;;) {
    interrupted.signal.throwIfAborted();
    const video = await callApi<Video>(base, token, 'GET', `/api/videos/${id}`);
    if (video.status === 'FAILED') throw new Error(`the video is FAILED: ${video.failReason}`);
    if (video.status === 'READY') {
      transcoding.end(`READY after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
      return video;
    }
    transcoding.show((video.progress ?? 0) / 100, video.status);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function report(
  { base, startedHere }: RunningSluice,
  video: Video,
  variants: Awaited<ReturnType<typeof checkStream>>,
): void {
  console.log('\nEvery playlist and segment was fetched and measured:');
  for (const { resolution, segments, bytes, durationSeconds } of variants)
    console.log(
      `  ${resolution.padEnd(10)} ${String(segments).padStart(3)} segments ${durationSeconds.toFixed(2).padStart(8)} s ${(bytes / 1e6).toFixed(2).padStart(8)} MB`,
    );
  const away = startedHere && !values.keep;
  console.log(`\nWatch it:   ${base}/watch/${video.id}${away ? '   (after: npm start)' : ''}`);
  console.log(`Stream:     ${video.playback.streamUrl}`);
  console.log(`API:        ${base}/docs`);
  console.log('A token:    npm run -s token -- --sub <any uuid>');
  if (away) console.log('\nThe video is kept. `npm run demo -- --keep` leaves everything running at once.');
}
