import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { Context } from '#domain/context.ts';
import { runTask, useStage } from '#test/domain/stage.ts';
import { zipOf } from '#test/support/zips.ts';
import { admin, clip, put, shown, sign, video } from './archives.ts';

const MIB = 1024 ** 2;
const DAY_SECONDS = 86_400;
const stage = useStage();
beforeEach(() => stage.reset());

const course = () => zipOf([video('one.mp4')]);
const standing = async (owner: Context, playlistId: string) => {
  const { state, failReason } = await shown(owner, playlistId);
  return [state, failReason];
};
const videosOf = (ownerId: string) =>
  stage.sql<{ id: string; status: string }>('select id, status from videos where owner_id = ?', [ownerId]);

test.each(['course.zip', 'tour.mp4'])(
  '%s asked for again while it uploads signs the same key, for its owner only, until it has arrived',
  async (fileName) => {
    const owner = admin(stage);
    const first = await sign(owner, fileName);
    stage.passSeconds(3600);
    const second = await sign(owner, fileName);
    expect(second).toMatchObject({ key: first.key, playlistId: first.playlistId, videoId: first.videoId });
    expect(second.signed.expiresAt.getTime()).toBeGreaterThanOrEqual(first.signed.expiresAt.getTime());
    expect((await sign(admin(stage), fileName)).key).not.toBe(first.key);
    expect((await sign(owner, `another ${fileName}`)).key).not.toBe(first.key);
    await stage.sql(
      "update playlists set state = 'FAILED', fail_reason = 'UPLOAD_EXPIRED' where id = ? and state = 'UPLOADING'",
      [first.playlistId],
    );
    await stage.sql("update videos set status = 'FAILED', fail_reason = 'UPLOAD_EXPIRED' where id = ?", [
      first.videoId,
    ]);
    expect((await sign(owner, fileName)).key).not.toBe(first.key);
  },
);

test.each(['course.zip', 'tour.mp4'])('ten requests for %s at once make one playlist', async (fileName) => {
  const ownerId = randomUUID();
  const signed = await Promise.all(Array.from({ length: 10 }, () => sign(admin(stage, ownerId), fileName)));
  expect(new Set(signed.map(({ key }) => key)).size).toBe(1);
  expect(await stage.sql('select id from playlists where owner_id = ?', [ownerId])).toHaveLength(1);
});

test('a lone file is a playlist of one from the start, and its key is the staging key of its session', async () => {
  const owner = admin(stage);
  const upload = await sign(owner, 'Tour of the house.MP4', { title: 'Our tour' });
  expect(upload.key).toMatch(new RegExp(`^staging/${upload.videoId}/[0-9a-f-]{36}/source\\.mp4$`));
  expect(await shown(owner, upload.playlistId)).toMatchObject({
    title: 'Our tour',
    fileName: 'Tour of the house.MP4',
    state: 'UNPACKED',
    counts: { total: 1, accepted: 1 },
    videos: [
      { position: 0, state: 'ACCEPTED', videoId: upload.videoId, status: 'UPLOADING', title: 'Our tour' },
    ],
  });
});

test('another file of the same name is signed with its own size', async () => {
  const owner = admin(stage);
  await sign(owner, 'tour.mp4', { sizeBytes: 1000, contentType: 'video/mp4' });
  const again = await sign(owner, 'tour.mp4', { sizeBytes: 2000, contentType: 'video/mp4' });
  await put(again, clip(2000));
});

test('the limit is inclusive, for videos and archives, and other files are refused', async () => {
  const owner = admin(stage);
  const { maxSizeBytes } = stage.system().settings.policies.admin;
  expect(maxSizeBytes).toBe(4 * 1024 ** 3);
  for (const name of ['a.zip', 'a.mp4']) {
    await expect(sign(owner, name, { sizeBytes: maxSizeBytes })).resolves.toBeDefined();
    await expect(sign(owner, `b ${name}`, { sizeBytes: maxSizeBytes + 1 })).rejects.toMatchObject({
      code: 'file_too_large',
    });
    await expect(sign(owner, `b ${name}`, { sizeBytes: 0 })).rejects.toMatchObject({ code: 'empty_file' });
  }
  for (const [name, contentType] of [
    ['a.pdf', null],
    ['a', null],
    ['a.rar', 'application/vnd.rar'],
  ] as const)
    await expect(sign(owner, name, { contentType })).rejects.toMatchObject({ code: 'unsupported_format' });
});

test('the scope admin or uploads:admin opens it, nothing else does', async () => {
  const ownerId = randomUUID();
  const withScopes = (...scopes: string[]) => stage.platform.context({ kind: 'user', ownerId, scopes });
  await expect(sign(withScopes('uploads:admin'), 'a.zip')).resolves.toBeDefined();
  await expect(sign(withScopes(), 'a.zip')).rejects.toMatchObject({ code: 'forbidden' });
  await expect(sign(withScopes('administrator'), 'a.zip')).rejects.toMatchObject({ code: 'forbidden' });
});

test('an archive that nobody tells of is found within two minutes after the signature, and unpacked', async () => {
  const owner = admin(stage);
  const upload = await sign(owner, 'course.zip');
  await put(upload, course());
  await runTask('reconcile', stage.system(), {});
  expect(await standing(owner, upload.playlistId)).toEqual(['UPLOADING', null]);
  stage.passSeconds(121);
  await runTask('reconcile', stage.system(), {});
  expect(await standing(owner, upload.playlistId)).toEqual(['UPLOADED', null]);
  await stage.runJobs('unpack-archive');
  expect(await standing(owner, upload.playlistId)).toEqual(['UNPACKED', null]);
});

test('storage is asked each minute for ten minutes, then more and more rarely', async () => {
  const upload = await sign(admin(stage), 'course.zip');
  const waits: number[] = [];
  for (let n = 0; n < 12; n += 1) {
    const { next_check_at } = await stage.row<{ next_check_at: string }>('playlists', upload.playlistId);
    const waitSeconds = (new Date(next_check_at).getTime() - stage.now().getTime()) / 1000;
    waits.push(Math.round(waitSeconds / 60));
    stage.passSeconds(waitSeconds + 1);
    await runTask('reconcile', stage.system(), {});
  }
  expect(waits).toEqual([...Array(10).fill(1), 10, 20]);
});

test('a check that storage does not answer holds up no other playlist', async () => {
  const owner = admin(stage);
  const [silent, other] = [await sign(owner, 'silent.zip'), await sign(owner, 'other.zip')];
  await put(other, course());
  stage.gates.sources.head = (key) => {
    if (key === silent.key) throw new Error('no answer');
  };
  stage.passSeconds(121);
  await runTask('reconcile', stage.system(), {});
  expect(await standing(owner, other.playlistId)).toEqual(['UPLOADED', null]);
  expect(await standing(owner, silent.playlistId)).toEqual(['UPLOADING', null]);
});

test('an archive that does not come in time is FAILED; one that comes later is removed', async () => {
  const owner = admin(stage);
  const upload = await sign(owner, 'course.zip');
  stage.passSeconds(7 * DAY_SECONDS + 1);
  await runTask('reconcile', stage.system(), {});
  expect(await standing(owner, upload.playlistId)).toEqual(['FAILED', 'UPLOAD_EXPIRED']);
  await put(upload, course());
  await runTask('check-playlist', stage.system(), { playlistId: upload.playlistId });
  expect(await stage.keys('sources', upload.key)).toEqual([]);
});

test('one that arrived counts, even when its time has run out meanwhile', async () => {
  const owner = admin(stage);
  const upload = await sign(owner, 'course.zip');
  await put(upload, course());
  stage.passSeconds(7 * DAY_SECONDS + 1);
  await runTask('reconcile', stage.system(), {});
  expect(await standing(owner, upload.playlistId)).toEqual(['UPLOADED', null]);
});

test.each([
  ['too large', Buffer.alloc(MIB + 1), 'UPLOAD_TOO_LARGE'],
  ['empty', Buffer.alloc(0), 'SOURCE_EMPTY'],
])(
  'an archive that is %s is measured in storage, FAILED and deleted, now and when its URL has died',
  async (_what, bytes, reason) => {
    const { policies } = stage.system().settings;
    stage.tune({ policies: { ...policies, admin: { ...policies.admin, maxSizeBytes: MIB } } });
    const owner = admin(stage);
    const upload = await sign(owner, 'course.zip');
    await put(upload, bytes);
    await runTask('check-playlist', stage.system(), { playlistId: upload.playlistId });
    expect(await standing(owner, upload.playlistId)).toEqual(['FAILED', reason]);
    await stage.runJobs('check-playlist');
    expect(await stage.keys('sources', upload.key)).toEqual([]);
    const [later] = await stage.queue('check-playlist', { playlistId: upload.playlistId });
    expect(new Date(later?.runAt ?? 0).getTime()).toBeGreaterThan(upload.signed.expiresAt.getTime());
  },
);

test('an archive of exactly the limit is taken', async () => {
  const archive = course();
  const { policies } = stage.system().settings;
  stage.tune({ policies: { ...policies, admin: { ...policies.admin, maxSizeBytes: archive.length } } });
  const owner = admin(stage);
  const upload = await sign(owner, 'course.zip');
  await put(upload, archive);
  await runTask('check-playlist', stage.system(), { playlistId: upload.playlistId });
  expect(await standing(owner, upload.playlistId)).toEqual(['UPLOADED', null]);
});

test('uploads of an hour are counted where the policy says so, and signing again is none', async () => {
  const { policies } = stage.system().settings;
  stage.tune({ policies: { ...policies, admin: { ...policies.admin, uploadsPerHour: 2 } } });
  const ownerId = randomUUID();
  const owner = admin(stage, ownerId);
  await sign(owner, 'a.zip');
  await sign(owner, 'b.mp4');
  await sign(owner, 'a.zip');
  await sign(owner, 'b.mp4');
  await expect(sign(owner, 'c.zip')).rejects.toMatchObject({ code: 'rate_limited' });
  await expect(sign(owner, 'c.mp4')).rejects.toMatchObject({ code: 'rate_limited' });
  expect(await videosOf(ownerId)).toHaveLength(1);
});
