import { expect } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { sweepLeftovers } from '#domain/operations/sweep-leftovers.ts';
import { makeClip } from '#test/support/clips.ts';
import { waitFor } from '#test/support/conditions.ts';
import type { Pipeline, ShownVideo } from '#test/support/pipeline.ts';

export interface RollbackScene {
  readonly pipeline: Pipeline;
  /** From now on nothing that is being made comes to its end. */
  hold(): void;
  /** The cause is mended. */
  mend(): void;
  /** Fetches all of a READY video; throws unless it plays. */
  play(video: ShownVideo): Promise<unknown>;
}

/** What the steps of the plan answered, for what a test wants to look at beside its promises. */
export interface RollbackAnswers {
  readonly spoiltId: string;
  readonly invalidated: Record<string, unknown>;
}

/** The rollback plan from its first step to its last, by the API, with videos in every stage of their way. */
export async function followRollbackPlan(scene: RollbackScene): Promise<RollbackAnswers> {
  const { pipeline } = scene;
  const clip = await makeClip('h264');
  const plays = await pipeline.untilReady(await pipeline.uploadClip(clip));
  const unwanted = await pipeline.untilReady(await pipeline.uploadClip(clip));
  scene.hold();
  const spoiltId = await pipeline.uploadClip(clip);
  await waitFor('an attempt at work', async () => (await stateOf(pipeline, spoiltId)) === 'RUNNING');
  const waitsId = await pipeline.uploadClip(clip);
  await waitFor('an attempt that waits', async () => (await stateOf(pipeline, waitsId)) === 'QUEUED');

  // 1. Pause the pipeline.
  const paused = await steer(pipeline, 'pause', { reason: 'wrong colours' });
  expect(paused).toMatchObject({ wasPaused: false, stillRunning: 1, removalsUnderWay: false });
  const lateId = await pipeline.uploadClip(clip);

  // 2. Protect the sources: neither a DELETE nor a sweeper removes one.
  await pipeline.answer('DELETE', `/api/videos/${unwanted.id}`);
  expect((await pipeline.call('GET', `/api/videos/${unwanted.id}`)).status).toBe(404);
  await waitFor('the purge to be put off', async () => {
    const jobs = await pipeline.rows<{ run_at: string }>(
      'select run_at from graphile_worker.jobs where key = ? and locked_at is null',
      [`purge:${unwanted.id}`],
    );
    return jobs.some(({ run_at }) => new Date(run_at).getUTCFullYear() === 9999);
  });
  await sweepLeftovers(pipeline.platform.context({ kind: 'system' }));
  await reconcile(pipeline.platform.context({ kind: 'system' }));
  for (const id of [plays.id, unwanted.id, spoiltId, waitsId, lateId])
    expect(await pipeline.keys('sources', `uploads/${id}/`), id).toHaveLength(1);
  expect((await pipeline.keys('media', `videos/${unwanted.id}/`)).length).toBeGreaterThan(0);

  // 3. Freeze what is in flight.
  const { frozen } = await steer(pipeline, 'freeze', { olderThanSeconds: 0 });
  expect(frozen).toMatchObject([{ videoId: spoiltId, status: 'FAILED', runsElsewhere: false }]);
  expect(await pipeline.show(spoiltId)).toMatchObject({ status: 'FAILED', failReason: 'ROLLBACK' });

  // 4. Protect playback: what plays goes on playing, and polluted caches are dropped.
  await scene.play(await pipeline.show(plays.id));
  const invalidated = await steer(pipeline, 'invalidate', { videoId: plays.id });

  // 5. Mend, resume, replay.
  scene.mend();
  expect(await stateOf(pipeline, waitsId)).toBe('QUEUED');
  expect(await pipeline.show(lateId)).toMatchObject({ status: 'UPLOADED' });
  expect(await steer(pipeline, 'resume', {})).toMatchObject({ wasPaused: true });
  const { videos } = await steer(pipeline, 'replay', { reasons: ['ROLLBACK'], perMinute: 6000 });
  expect(videos).toMatchObject([{ videoId: spoiltId, outcome: 'queued' }]);
  expect((await steer(pipeline, 'replay', { reasons: ['ROLLBACK'] })).videos).toEqual([]);
  for (const id of [waitsId, lateId, spoiltId]) await scene.play(await pipeline.untilReady(id));
  await scene.play(await pipeline.show(plays.id));
  await waitFor(
    'the purge',
    async () => (await pipeline.keys('sources', `uploads/${unwanted.id}/`)).length === 0,
  );
  expect((await steer(pipeline, 'replay', {})).videos).toEqual([]);
  expect(
    await pipeline.rows('select 1 from transcode_jobs where video_id = ? and state = ?', [
      spoiltId,
      'SUCCEEDED',
    ]),
  ).toHaveLength(1);
  return { spoiltId, invalidated };
}

async function stateOf(pipeline: Pipeline, videoId: string): Promise<string | undefined> {
  const attempts = await pipeline.rows<{ state: string }>(
    'select state from transcode_jobs where video_id = ? order by created_at desc, id desc',
    [videoId],
  );
  return attempts[0]?.state;
}

async function steer(pipeline: Pipeline, verb: string, body: object): Promise<Record<string, unknown>> {
  const token = await pipeline.platform.token(pipeline.ownerId, { scopes: ['admin'] });
  const response = await pipeline.app.request(`/api/operations/pipeline/${verb}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${verb} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
