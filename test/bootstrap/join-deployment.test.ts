import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { openPlatform } from '#bootstrap/open-platform.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { retireStorages } from '#domain/move/retire-storages.ts';
import { createVideo } from '#domain/video/create-video.ts';
import { TwoClouds } from '#test/domain/move/two-clouds.ts';
import { userActor } from '#test/support/platform.ts';

const clouds = new TwoClouds();
const { stage } = clouds;
const opened: Platform[] = [];
const log = { debug() {}, info() {}, warn() {}, error() {} };

beforeAll(() => clouds.open());
afterEach(async () => {
  for (const platform of opened.splice(0)) await platform.close();
  await stage.sql('delete from storages');
});
afterAll(() => clouds.close());

/** A role of the deployment, as `npm run api` opens it. */
async function open(env: Record<string, string | undefined> = {}): Promise<Platform> {
  const config = completeConfig(loadConfig({ ...stage.platform.env, ...env }));
  const platform = await openPlatform(config, { log, withTranscoder: false, migrates: false });
  opened.push(platform);
  return platform;
}

const processes = () => stage.sql<{ storages: string[] }>('select storages from running_processes');
const storages = () =>
  stage.sql<{ id: string; is_home: boolean }>('select id, is_home from storages order by id');
/** The environment after the operator has swapped the two. */
const swapped = () => clouds.swapped();

test('a process with one storage says so while it runs, and writes nothing else down', async () => {
  const platform = await open({ SECOND_STORAGE: undefined });
  expect(await processes()).toEqual([{ storages: [clouds.a.id] }]);
  expect(await storages()).toEqual([]);
  await platform.close();
  opened.pop();
  expect(await processes()).toEqual([]);
});

test('the videos that name no storage are found where they are, also when the two were swapped first', async () => {
  const video = await stage.ready();
  await stage.sql('update videos set storage = null');
  const platform = await open(swapped());
  expect(platform.context({ kind: 'system' }).storages).toMatchObject({
    own: { id: 'cloud-b' },
    second: { id: clouds.a.id },
    homeId: clouds.a.id,
  });
  expect((await platform.context({ kind: 'system' }).storage.sources.head(video.key)).sizeBytes).toBe(1000);
  expect(await storages()).toEqual(
    [
      { id: clouds.a.id, is_home: true },
      { id: 'cloud-b', is_home: false },
    ].sort((x, y) => (x.id < y.id ? -1 : 1)),
  );
});

test('once there are two, a process that knows one of them only does not start, and is told why', async () => {
  await open();
  await stage.sql(`insert into storages (id, created_at) values ('cloud-b', now())`);
  const { videoId } = await stage.ready();
  await stage.sql(`update videos set storage = 'cloud-b' where id = ?`, [videoId]);
  await expect(open({ SECOND_STORAGE: undefined })).rejects.toThrow(
    /Videos of this deployment live in cloud-b; this process knows .*Set SECOND_STORAGE/,
  );
  expect((await processes()).length).toBe(1);
});

test('a storage that is empty and not let go yet is not said to hold videos', async () => {
  await stage.sql('update videos set storage = ?', [clouds.a.id]);
  await stage.sql(`insert into storages (id, is_home, created_at) values ('cloud-b', true, now())`);
  const alone = () => open({ SECOND_STORAGE: undefined });
  await expect(alone()).rejects.toThrow(
    /^No video lives in cloud-b any more, but .*until the hourly sweeper has said so/,
  );
  await stage.sql(`insert into storages (id, created_at) values (?, now())`, [clouds.a.id]);
  await expect(alone()).rejects.toThrow(/^No video lives in cloud-b/);
  // The deployment's first storage has those that name none.
  const { videoId } = await stage.ready();
  await stage.sql('update videos set storage = null where id = ?', [videoId]);
  await expect(alone()).rejects.toThrow(/^Videos of this deployment live in cloud-b;/);
});

test('one bucket in both storages is refused, whatever they are called', async () => {
  const { env } = stage.platform;
  const second = Object.fromEntries(
    Object.keys(clouds.secondStorage()).map((name) => [name, env[name] ?? '']),
  );
  const newMedia = { ...second, S3_NAME: 'another', S3_MEDIA_BUCKET: 'new-media' };
  await expect(open({ SECOND_STORAGE: JSON.stringify(newMedia) })).rejects.toThrow(
    /SECOND_STORAGE has the bucket sources-.* of the first storage/,
  );
});

test('storages that are swapped before everybody knows both are refused, and nobody is kept from starting by that', async () => {
  await stage.ready();
  await stage.sql('update videos set storage = null');
  await open({ SECOND_STORAGE: undefined });
  await expect(open(swapped())).rejects.toThrow(/does not know cloud-b.*SECOND_STORAGE before/);
  expect(await storages()).toEqual([]);
  await open({ SECOND_STORAGE: undefined });
  for (const platform of opened.splice(0)) await platform.close();
  await open();
  expect((await open(swapped())).context({ kind: 'system' }).storages.homeId).toBe(clouds.a.id);
});

test('while processes with one and with two storages run side by side, a new video is put where both look for it', async () => {
  // Everything lives in the second cloud by now, and the first one is retired.
  await stage.sql(`update videos set deleted_at = now() where deleted_at is null`);
  await stage.sql('delete from videos');
  await stage.sql(`insert into storages (id, is_home, created_at) values (?, true, now())`, [clouds.a.id]);
  const both = await open(swapped());
  await retireStorages(both.context({ kind: 'system' }));
  const { S3_NAME: _name, SECOND_STORAGE: _second, ...alone } = swapped();
  const one = await open({ ...alone, S3_NAME: 'cloud-b', SECOND_STORAGE: undefined });
  const owner = one.context(userActor());
  const { id } = await createVideo(owner, {
    title: 'Tour',
    sourceMime: 'video/mp4',
    sourceSizeBytes: 1000,
    createdVia: 'mobile',
  });
  const key = `videos/${id}/poster/${'a'.repeat(32)}/poster.jpg`;
  await both.context({ kind: 'system' }).storage.media.put(key, 'a picture', { contentType: 'image/jpeg' });
  expect((await one.context({ kind: 'system' }).storage.media.head(key)).sizeBytes).toBe(9);
});

test('the same storage twice is refused', async () => {
  const { env } = stage.platform;
  const { S3_NAME: _name, ...second } = clouds.secondStorage();
  const same = Object.fromEntries(Object.keys(second).map((name) => [name, env[name] ?? '']));
  await expect(open({ SECOND_STORAGE: JSON.stringify(same) })).rejects.toThrow(
    /is the same storage as the first/,
  );
});

test('a second storage that does not answer keeps nobody from starting, one that refuses does', async () => {
  const away = { ...clouds.secondStorage(), S3_ENDPOINT: 'http://127.0.0.1:9' };
  await open({ SECOND_STORAGE: JSON.stringify(away) });
  const refusing = { ...clouds.secondStorage(), S3_SECRET_ACCESS_KEY: 'another' };
  await expect(open({ SECOND_STORAGE: JSON.stringify(refusing) })).rejects.toThrow(/S3_SECRET_ACCESS_KEY/);
});
