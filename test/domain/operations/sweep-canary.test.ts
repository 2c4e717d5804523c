import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '#domain/context.ts';
import { pausePipeline } from '#domain/operations/pause-pipeline.ts';
import { resumePipeline } from '#domain/operations/resume-pipeline.ts';
import { sweepCanary } from '#domain/operations/sweep-canary.ts';
import { sweepLeftovers } from '#domain/operations/sweep-leftovers.ts';
import { sourcePrefix } from '#domain/storage-keys.ts';
import { useStage } from '../stage.ts';

const HOUR_SECONDS = 3600;
const CANARY = randomUUID();
const stage = useStage();
const isKept = async (videoId: string) => (await stage.row('videos', videoId)).deleted_at === null;

/** A video of the reserved owner, as its probe leaves one: an upload of which a part was sent. */
const probed = async () => {
  const { videoId } = await stage.draft(CANARY);
  const opened = await stage.opened({ ownerId: CANARY, videoId });
  await stage.sendParts(opened, [2]);
  return opened;
};

beforeEach(() => stage.sql('update videos set deleted_at = now() where deleted_at is null'));
beforeEach(() => stage.tune({ canaryOwnerId: CANARY }));
afterEach(() => stage.reset());

test('what the canary left goes after an hour, not before, and no other owner loses anything', async () => {
  const { videoId } = await probed();
  const others = [await stage.draft(), await stage.opened(), await stage.ready()];
  stage.passSeconds(HOUR_SECONDS - 60);
  expect(await sweepCanary(stage.system())).toBe(0);
  expect(await isKept(videoId)).toBe(true);
  stage.passSeconds(120);
  expect(await sweepCanary(stage.system())).toBe(1);
  expect(await isKept(videoId)).toBe(false);
  for (const other of others) expect(await isKept(other.videoId)).toBe(true);
  expect(await sweepCanary(stage.system())).toBe(0);
});

test('where no owner is reserved nothing is swept, whatever it is called', async () => {
  stage.tune({ canaryOwnerId: null });
  const { videoId } = await probed();
  stage.passSeconds(2 * HOUR_SECONDS);
  expect(await sweepCanary(stage.system())).toBe(0);
  expect(await isKept(videoId)).toBe(true);
});

test('the hourly sweep ends an unfinished upload: its multipart is aborted, and its row goes when nothing can write', async () => {
  const { videoId, sessionId, key, uploadId } = await probed();
  stage.passSeconds(2 * HOUR_SECONDS);
  await sweepLeftovers(stage.system());
  expect((await stage.row('upload_sessions', sessionId)).status).toBe('CANCELED');
  await stage.runJobs('purge-video');
  const { sources } = stage.system().storage;
  await expect(sources.listParts(key, uploadId)).rejects.toMatchObject({ code: 'multipart_not_found' });
  expect(await stage.keys('sources', sourcePrefix(videoId))).toEqual([]);
  // The last signature is good for an hour more.
  stage.passSeconds(2 * HOUR_SECONDS);
  await stage.runJobs('purge-video');
  expect(await stage.sql('select id from videos where id = ?', [videoId])).toEqual([]);
});

test('nobody is told, and no upload counts as failed', async () => {
  await probed();
  stage.passSeconds(2 * HOUR_SECONDS);
  const failed: string[] = [];
  const system = stage.system();
  const metrics = { ...system.metrics, uploadFailed: (reason: string) => failed.push(reason) };
  await sweepCanary({ ...system, metrics } as Context);
  expect(failed).toEqual([]);
  expect(await stage.sql('select id from webhook_messages')).toEqual([]);
});

test('a video that cannot be deleted keeps none of the others, and goes the next time', async () => {
  const videos = [await probed(), await probed(), await probed()];
  stage.passSeconds(2 * HOUR_SECONDS);
  const errors: object[] = [];
  const system = stage.system();
  const broken: Context = {
    ...system,
    log: { ...system.log, error: (fields) => errors.push(fields) },
    enqueue: (tx, task, payload, options) => {
      if ('videoId' in payload && payload.videoId === videos[0]?.videoId) throw new Error('no queue');
      return system.enqueue(tx, task, payload, options);
    },
  };
  expect(await sweepCanary(broken)).toBe(2);
  expect(await Promise.all(videos.map(({ videoId }) => isKept(videoId)))).toEqual([true, false, false]);
  expect(errors).toMatchObject([{ videoId: videos[0]?.videoId }]);
  expect(await sweepCanary(stage.system())).toBe(1);
});

test('many are swept slice by slice', async () => {
  await stage.sql(
    `insert into videos (id, owner_id, title, source_mime, created_at, updated_at)
     select gen_random_uuid(), ?::uuid, 'Probe', 'video/mp4', now() - interval '3 hours', now()
     from generate_series(1, 120)`,
    [CANARY],
  );
  expect(await sweepCanary(stage.system())).toBe(120);
});

test('a paused pipeline keeps what would go, and a resumed one lets it', async () => {
  const { videoId } = await probed();
  stage.passSeconds(2 * HOUR_SECONDS);
  await pausePipeline(stage.system(), {});
  try {
    expect(await sweepCanary(stage.system())).toBe(0);
    expect(await isKept(videoId)).toBe(true);
  } finally {
    await resumePipeline(stage.system(), {});
  }
  expect(await sweepCanary(stage.system())).toBe(1);
});

/** What users have and a probe never has, each the newest of its owner and younger than an hour. */
const OF_USERS = {
  'a video that plays': async (ownerId: string) => stage.ready(await stage.draft(ownerId)),
  'a source whose probe is still to come': async (ownerId: string) =>
    stage.uploaded(await stage.draft(ownerId)),
  'a video that failed': async (ownerId: string) => {
    const uploaded = await stage.uploaded(await stage.draft(ownerId));
    await stage.sql("update videos set status = 'FAILED', fail_reason = 'TRANSCODE_ERROR' where id = ?", [
      uploaded.videoId,
    ]);
    return uploaded;
  },
  'a video that was deleted and is not purged': async (ownerId: string) => {
    const ready = await stage.ready(await stage.draft(ownerId));
    await stage.sql('update videos set deleted_at = now() where id = ?', [ready.videoId]);
    return ready;
  },
};

test.each(Object.entries(OF_USERS))(
  'a user named by mistake loses nothing, told by %s: one warning names the variable, each time',
  async (_, made) => {
    const user = randomUUID();
    stage.tune({ canaryOwnerId: user });
    const unfinished = await stage.opened(await stage.draft(user));
    const empty = await stage.draft(user);
    stage.passSeconds(2 * HOUR_SECONDS);
    const whole = await made(user);
    const before = await stage.row('videos', whole.videoId);
    for (const _time of ['first', 'second']) {
      const { context, warnings } = heard();
      expect(await sweepCanary(context)).toBe(0);
      expect(warnings).toEqual([expect.stringContaining('CANARY_SUBJECT')]);
    }
    expect(await Promise.all([unfinished, empty].map(({ videoId }) => isKept(videoId)))).toEqual([
      true,
      true,
    ]);
    expect(await stage.row('videos', whole.videoId)).toEqual(before);
    expect((await stage.row('upload_sessions', unfinished.sessionId)).status).not.toBe('CANCELED');
  },
);

test('what other owners have keeps nothing of the reserved one, and nobody is warned', async () => {
  await stage.ready();
  const { videoId } = await probed();
  stage.passSeconds(2 * HOUR_SECONDS);
  const { context, warnings } = heard();
  expect(await sweepCanary(context)).toBe(1);
  expect(await isKept(videoId)).toBe(false);
  expect(warnings).toEqual([]);
});

/** The system, and the lines that it warns with. */
function heard(): { context: Context; warnings: string[] } {
  const warnings: string[] = [];
  const system = stage.system();
  const warn = (_: object, line: string) => warnings.push(line);
  return { context: { ...system, log: { ...system.log, warn } }, warnings };
}
