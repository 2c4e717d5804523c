import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { openPlatform } from '#bootstrap/open-platform.ts';
import type { Platform } from '#bootstrap/platform.ts';
import type { Context } from '#domain/context.ts';
import { retireStorages } from '#domain/move/retire-storages.ts';
import { signSource } from '#domain/playback/sign-source.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { openSinglePut } from '#domain/upload/open-single-put.ts';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import { TwoClouds } from '#test/domain/move/two-clouds.ts';
import { userActor } from '#test/support/platform.ts';

/** One database, and two regions for good: what one calls its own storage, the other calls its second. */
const clouds = new TwoClouds();
const { stage } = clouds;
const log = { debug() {}, info() {}, warn() {}, error() {} };
/** Set up in every process of the deployment, as the transcoder of the home region. */
const COCONUT = {
  COCONUT_API_KEY: 'k-1',
  COCONUT_STORAGE_ACCESS_KEY_ID: 'DO00',
  COCONUT_STORAGE_SECRET_ACCESS_KEY: 'secret',
  COCONUT_WEBHOOK_SECRET: 'x'.repeat(40),
};
let home: Platform;
let away: Platform;

async function open(env: Record<string, string>): Promise<Platform> {
  const config = completeConfig(loadConfig({ ...stage.platform.env, ...COCONUT, ...env }));
  return openPlatform(config, { log, withTranscoder: false, migrates: false });
}
const openAway = () => open({ ...clouds.swapped(), TRANSCODER_STORAGE: 'second' });

beforeAll(async () => {
  await clouds.open();
  home = await open({});
  away = await openAway();
});
afterEach(async () => {
  await stage.sql('update videos set deleted_at = now() where deleted_at is null');
  await stage.sql('delete from videos');
});
afterAll(async () => {
  await away.close();
  await home.close();
  await clouds.close();
});

/** A file that is sent to the storage of one region and completed in the other. */
async function uploaded(from: Platform, completes: Platform) {
  const actor = userActor(randomUUID());
  const opened = await openSinglePut(from.context(actor), {
    title: 'Tour',
    fileName: 'tour.mp4',
    contentType: 'video/mp4',
    createdVia: 'admin',
  });
  const headers = { 'content-type': 'video/mp4' };
  const sent = await fetch(opened.signed.url, { method: 'PUT', body: 'a film', headers });
  expect(sent.ok).toBe(true);
  await completeUpload(completes.context(actor), opened);
  return { actor, videoId: opened.video.id };
}

test('new videos live in the region that took them, and both regions complete, sign and read the videos of both', async () => {
  for (const [from, other, storage] of [
    [home, away, clouds.a.id],
    [away, home, clouds.b.id],
  ] as const) {
    const { actor, videoId } = await uploaded(from, other);
    expect(await clouds.storageOf(videoId)).toBe(storage);
    for (const region of [from, other]) {
      const signed = await signSource(region.context(actor), { videoId });
      expect(await (await fetch(signed?.url ?? '')).text()).toBe('a film');
      const { media } = region.context(actor).storage;
      const key = `videos/${videoId}/poster/${'a'.repeat(32)}/poster.jpg`;
      await media.put(key, 'a picture', { contentType: 'image/jpeg' });
      const place = storage === clouds.a.id ? clouds.a : clouds.b;
      expect((await place.media.head(key)).sizeBytes).toBe('a picture'.length);
    }
  }
});

test('both regions say the same of who may transcode a video: elsewhere only what lives in the home region', async () => {
  const [here, there] = [await stage.ready(), await stage.ready()];
  await stage.sql('update videos set storage = ? where id = ?', [clouds.b.id, there.videoId]);
  const again = (context: Context, videoId: string) =>
    transcodeAgain(context, { videoId, transcoder: 'coconut' });
  for (const region of [home, away]) {
    const context = { ...region.context({ kind: 'system' }), storage: stage.system().storage };
    await expect(again(context, there.videoId)).rejects.toMatchObject({
      code: 'transcoder_unavailable',
      message: expect.stringContaining(`coconut does not reach ${clouds.b.id}`),
    });
    await again(context, here.videoId);
    await stage.sql('delete from graphile_worker._private_jobs');
  }
});

test('the sweeper lets go of neither storage while both regions run, and an empty one comes back when its region does', async () => {
  const standing = async () =>
    (await stage.sql<{ id: string }>('select id from storages')).map(({ id }) => id).sort();
  const both = [clouds.a.id, clouds.b.id].sort();
  const sweep = () => retireStorages(home.context({ kind: 'system' }));
  await sweep();
  expect(await standing()).toEqual(both);
  // A process that has been silent for a while is not gone yet.
  await stage.sql("update running_processes set beat_at = now() - interval '20 hours'");
  await sweep();
  expect(await standing()).toEqual(both);
  await away.close();
  await sweep();
  expect(await standing()).toEqual([clouds.a.id]);
  away = await openAway();
  expect(await standing()).toEqual(both);
  const { videoId } = await uploaded(away, home);
  expect(await clouds.storageOf(videoId)).toBe(clouds.b.id);
});
