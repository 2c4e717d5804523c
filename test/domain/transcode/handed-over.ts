import type { RemoteTranscoderName } from '#providers/transcoders/transcoder.ts';
import { runTask, type Stage } from '../stage.ts';
import type { AttemptRow } from '../staged-rows.ts';

export interface HandedOverVideo {
  readonly videoId: string;
  readonly ownerId: string;
  readonly attempt: AttemptRow;
}

/** A video whose attempt waits to be handed to a transcoder elsewhere. */
export async function waiting(
  stage: Stage,
  provider: RemoteTranscoderName = 'coconut',
): Promise<HandedOverVideo> {
  stage.transcoders.defaultName = provider;
  const { videoId, ownerId } = await stage.probed();
  return { videoId, ownerId, attempt: await stage.openAttempt(videoId) };
}

/** A video that a transcoder elsewhere works on. */
export async function handedOver(
  stage: Stage,
  provider: RemoteTranscoderName = 'coconut',
): Promise<HandedOverVideo> {
  const { videoId, ownerId, attempt } = await waiting(stage, provider);
  await runTask('submit-transcode', stage.system(), { jobId: attempt.id });
  return { videoId, ownerId, attempt: await stage.openAttempt(videoId) };
}

/** Lets the time of a lease or a claim be over. */
export function leaseRunsOut(stage: Stage, jobId: string): Promise<object[]> {
  return stage.sql("update transcode_jobs set lease_until = now() - interval '1 second' where id = ?", [
    jobId,
  ]);
}

/** What no test leaves to the next one. */
export async function clearPipeline(stage: Stage): Promise<void> {
  stage.reset();
  await stage.sql(
    "update transcode_jobs set state = 'CANCELED', finished_at = now(), asked_at = now() + interval '1 hour' where state in ('QUEUED', 'RUNNING')",
  );
  await stage.sql('delete from provider_standings');
  await stage.sql('delete from graphile_worker._private_jobs');
}
