import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { S3Connection } from '#providers/storage/s3-object-store.ts';
import type { FfmpegBinaries } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { encodeJob, FakeJobError, removeFolder } from './encode-job.ts';
import type { EventBus } from './event-bus.ts';
import type { FakeJob } from './fake-jobs.ts';
import { fetchSource, storeGroup } from './job-storage.ts';

export interface JobRunner {
  /** With the rights of the role. */
  readonly s3: S3Connection;
  readonly binaries: FfmpegBinaries;
  readonly events: EventBus;
  /** Kept when the job may go on. */
  readonly goOn: Promise<unknown>;
  /** Ends the job in state ERROR instead of encoding it. */
  readonly failure: { readonly code: number; readonly message: string } | null;
}

/** Does what a job says, from SUBMITTED to its end. Never throws: what goes wrong is the job's state. */
export async function runJob(job: FakeJob, runner: JobRunner): Promise<void> {
  const { events } = runner;
  const { signal } = job.aborter;
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-mediaconvert-'));
  try {
    job.status = 'PROGRESSING';
    await events.publish(job, 'PROGRESSING');
    await held(runner.goOn, signal);
    if (runner.failure) throw new FakeJobError(runner.failure.code, runner.failure.message);
    job.groups = await produced(job, runner, folder);
    signal.throwIfAborted();
    job.status = 'COMPLETE';
    job.percent = 100;
    await events.publish(job, 'COMPLETE', completion(job));
  } catch (error) {
    if (signal.aborted) {
      job.status = 'CANCELED';
      await events.publish(job, 'CANCELED');
    } else {
      const code = error instanceof FakeJobError ? error.code : 1999;
      job.error = { code, message: error instanceof Error ? error.message : String(error) };
      job.status = 'ERROR';
      const { message } = job.error;
      await events.publish(job, 'ERROR', { errorCode: code, errorMessage: message });
    }
  } finally {
    await removeFolder(folder);
  }
}

async function produced(job: FakeJob, { s3, binaries, events }: JobRunner, folder: string) {
  const { signal } = job.aborter;
  const { Settings } = job.request;
  const source = path.join(folder, 'source');
  await fetchSource(s3, Settings?.Inputs?.[0]?.FileInput ?? '', source, signal);
  await events.publish(job, 'INPUT_INFORMATION', { inputDetails: [{ id: 1 }] });
  job.percent = 20;
  await events.publish(job, 'STATUS_UPDATE', progress(job.percent));
  const encoded = await encodeJob(job.request, source, { folder, binaries, signal });
  job.percent = 80;
  await events.publish(job, 'STATUS_UPDATE', progress(job.percent));
  const groups = Settings?.OutputGroups ?? [];
  const stored = [];
  for (const [index, group] of encoded.entries())
    stored.push(await storeGroup(s3, groups[index] ?? {}, group, path.join(folder, String(index)), signal));
  return stored;
}

async function held(goOn: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([goOn, promise]);
  signal.removeEventListener('abort', onAbort);
  signal.throwIfAborted();
}

function progress(jobPercentComplete: number): object {
  const phase = (percentComplete: number) => ({ status: 'PROGRESSING', percentComplete });
  return {
    framesDecoded: 353,
    jobProgress: {
      phaseProgress: { TRANSCODING: phase(jobPercentComplete) },
      jobPercentComplete,
      currentPhase: 'TRANSCODING',
      retryCount: 0,
    },
  };
}

function completion(job: FakeJob): object {
  return {
    outputGroupDetails: job.groups.map(({ type, playlistPaths, outputs }) => ({
      type,
      ...(playlistPaths.length > 0 && { playlistFilePaths: playlistPaths }),
      outputDetails: outputs.map(({ paths, durationMs, width, height }) => ({
        outputFilePaths: paths,
        durationInMs: durationMs,
        ...(width !== null && { videoDetails: { widthInPx: width, heightInPx: height } }),
      })),
    })),
  };
}
