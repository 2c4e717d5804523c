import { afterEach, describe, expect, test } from 'vitest';
import { getVideo } from '#domain/video/get-video.ts';
import { retryVideo } from '#domain/video/retry-video.ts';
import { runTask, useStage } from '../stage.ts';
import { edit, openedSet, publish, putSet, putSetFile, sentSet, wholeSet } from './set-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

const sessionStatus = async (sessionId: string) =>
  (await stage.row<{ status: string }>('upload_sessions', sessionId)).status;
const letters = (videoId: string) =>
  stage.sql<{ task: string; reason: string; detail: string; retried_at: string | null }>(
    'select * from dead_letters where video_id = ?',
    [videoId],
  );

test('a whole set is READY: every byte of it under a version of its own, and nothing in staging', async () => {
  const files = wholeSet();
  const set = await sentSet(stage, files);
  await publish(stage, set);

  expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
  expect(await sessionStatus(set.sessionId)).toBe('COMPLETED');
  const [version, ...others] = await stage.attempts(set.videoId);
  expect(others).toEqual([]);
  expect(version).toMatchObject({ state: 'SUCCEEDED', provider: 'import', sweep_at: null });
  const { media } = stage.system().storage;
  for (const [path, bytes] of files) {
    const { object, body } = await media.get(`${version?.output_prefix}${path}`);
    expect(Buffer.concat(await Array.fromAsync(body)).equals(bytes), path).toBe(true);
    if (path.endsWith('.m4s')) expect(object.contentType).toBe('video/iso.segment');
  }
  expect(await stage.keys('media', version?.output_prefix ?? '')).toHaveLength(files.size);

  const video = await getVideo(stage.as(set.ownerId), set);
  expect(video).toMatchObject({
    durationSeconds: 8,
    width: 640,
    height: 360,
    sourceMime: 'application/vnd.apple.mpegurl',
  });
  expect(video.streamUrl).toContain(`${version?.version}/master.m3u8`);
  expect(video.posterUrl).toMatch(/\/poster\/[0-9a-f]{32}\/poster\.jpg$/);
  const assets = await stage.sql<{ type: string; quality_label: string | null; bandwidth: number | null }>(
    'select type, quality_label, bandwidth from video_assets where video_id = ? order by type, quality_label desc',
    [set.videoId],
  );
  expect(assets).toEqual([
    { type: 'HLS_AUDIO', quality_label: 'audio', bandwidth: null },
    { type: 'HLS_MASTER', quality_label: null, bandwidth: null },
    { type: 'HLS_RENDITION', quality_label: '360p', bandwidth: 800_000 },
    { type: 'HLS_RENDITION', quality_label: '180p', bandwidth: 300_000 },
    { type: 'THUMBNAIL', quality_label: null, bandwidth: null },
  ]);

  await stage.runJobs('clean-session');
  expect(await stage.keys('sources', `staging/${set.videoId}/`)).toEqual([]);
  expect(await stage.queue('announce-video', { videoId: set.videoId })).toMatchObject([
    { payload: { type: 'video.upload.completed' } },
    { payload: { type: 'video.asset.ready' } },
  ]);
});

test('a set without sizes, whose master has another name, is one too; players ask for master.m3u8', async () => {
  const files = wholeSet();
  files.set('index.m3u8', files.get('master.m3u8') ?? Buffer.alloc(0));
  files.delete('master.m3u8');
  const set = await sentSet(stage, files, { sizes: false });
  await publish(stage, set);
  expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
  const [version] = await stage.attempts(set.videoId);
  const keys = await stage.keys('media', version?.output_prefix ?? '');
  expect(keys).toContain(`${version?.output_prefix}master.m3u8`);
  expect(keys).not.toContain(`${version?.output_prefix}index.m3u8`);
});

test('a set that is not whole yet is left alone, and published when its last file comes', async () => {
  const files = wholeSet();
  const last = files.get('180p/seg-1.m4s') ?? Buffer.alloc(0);
  files.set('180p/seg-1.m4s', last);
  const set = await openedSet(stage, files);
  await putSet(set, new Map([...files].filter(([path]) => path !== '180p/seg-1.m4s')));
  await publish(stage, set);
  expect(await stage.standing(set.videoId)).toEqual(['UPLOADING', null]);
  expect(await sessionStatus(set.sessionId)).toBe('IN_PROGRESS');
  expect(await stage.attempts(set.videoId)).toEqual([]);

  await putSet(set, new Map([['180p/seg-1.m4s', last]]));
  await publish(stage, set);
  expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
});

test('no URL of a set writes into the media bucket, and each takes only its length and type', async () => {
  const files = wholeSet();
  const set = await openedSet(stage, files);
  const { sources } = stage.system().storage;
  for (const { signed, storageKey } of set.files) {
    expect(new URL(signed.url).pathname).toBe(`/${sources.bucket}/${storageKey}`);
    expect(storageKey).toContain(`staging/${set.videoId}/${set.sessionId}/set/`);
  }
  const [file] = set.files;
  if (!file) throw new Error('no file');
  const bytes = files.get(file.path) ?? Buffer.alloc(0);
  expect(await putSetFile(file, Buffer.concat([bytes, bytes]))).toBe(403);
  expect(await putSetFile({ ...file, path: 'x.jpg' }, bytes)).toBe(403);
});

test('published twice, by two at once and again later, it is one version', async () => {
  const set = await sentSet(stage);
  await Promise.all([publish(stage, set), publish(stage, set), publish(stage, set)]);
  await stage.runJobs('publish-set');
  await publish(stage, set);
  expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
  expect((await stage.attempts(set.videoId)).map(({ state }) => state)).toEqual(['SUCCEEDED']);
});

test('a video that is being transcoded takes no set', async () => {
  const probed = await stage.probed();
  await expect(openedSet(stage, wholeSet(), probed)).rejects.toMatchObject({ code: 'illegal_transition' });
  expect(await stage.sql('select from upload_starts where owner_id = ?', [probed.ownerId])).toEqual([]);
});

describe('on a video that plays', () => {
  test('the set is the next version; the one before stays for its grace, and READY never ends', async () => {
    const before = await stage.ready();
    const set = await sentSet(stage, wholeSet(), before);
    expect(set.videoId).toBe(before.videoId);
    expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
    await publish(stage, set);
    expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
    const [old, current] = await stage.attempts(set.videoId);
    expect(current).toMatchObject({ state: 'SUCCEEDED', provider: 'import', sweep_at: null });
    expect(old?.sweep_at).not.toBeNull();
    expect(await stage.keys('media', old?.output_prefix ?? '')).not.toEqual([]);
    // The file that was the source is replaced, so it goes.
    await stage.runJobs('clean-session');
    expect(await stage.keys('sources', before.key)).toEqual([]);
  });

  test('a wrong set changes nothing of what plays', async () => {
    const before = await stage.ready();
    const files = wholeSet();
    files.set('360p/seg-1.m4s', Buffer.from('not a segment at all'));
    const set = await sentSet(stage, files, before);
    await publish(stage, set);
    expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
    expect(await sessionStatus(set.sessionId)).toBe('FAILED');
    expect(await letters(set.videoId)).toMatchObject([{ reason: 'HLS_SET_INVALID' }]);
  });

  test('a set that plays is replaced by a file as any version is', async () => {
    const set = await sentSet(stage);
    await publish(stage, set);
    await stage.ready(set);
    const [old, current] = await stage.attempts(set.videoId);
    expect(old).toMatchObject({ provider: 'import', state: 'SUCCEEDED' });
    expect(current).toMatchObject({ provider: 'ffmpeg', state: 'SUCCEEDED', sweep_at: null });
    stage.passSeconds(25 * 3600);
    await runTask('sweep-version', stage.system(), {
      jobId: (await stage.attempts(set.videoId))[0]?.id ?? '',
    });
    expect(await stage.keys('media', old?.output_prefix ?? '')).toEqual([]);
  });
});

describe('a wrong set', () => {
  test('ends session and video with its reason, tells the owner, keeps the detail, and is cleaned away', async () => {
    const files = wholeSet();
    edit(files, '180p/playlist.m3u8', '#EXT-X-ENDLIST\n', '');
    const set = await sentSet(stage, files);
    await publish(stage, set);
    expect(await stage.standing(set.videoId)).toEqual(['FAILED', 'HLS_SET_INVALID']);
    expect(await sessionStatus(set.sessionId)).toBe('FAILED');
    expect(await letters(set.videoId)).toMatchObject([
      { task: 'publish-set', reason: 'HLS_SET_INVALID', detail: '180p/playlist.m3u8 has no end' },
    ]);
    expect(await stage.queue('announce-video', { videoId: set.videoId })).toMatchObject([
      { payload: { type: 'video.asset.errored' } },
    ]);
    await stage.runJobs('clean-session');
    expect(await stage.keys('sources', `staging/${set.videoId}/`)).toEqual([]);
    expect(await stage.keys('media', `videos/${set.videoId}/`)).toEqual([]);
    await expect(retryVideo(stage.as(set.ownerId), set)).rejects.toMatchObject({
      code: 'source_unavailable',
    });

    // The next set of the same video closes the letter.
    const better = await sentSet(stage, wholeSet(), set);
    await publish(stage, better);
    expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
    expect((await letters(set.videoId))[0]?.retried_at).not.toBeNull();
  });

  test('with more bytes than the policy takes is told so', async () => {
    const set = await sentSet(stage, wholeSet(), { sizes: false });
    const { policies } = stage.system().settings;
    stage.tune({ policies: { ...policies, signer: { ...policies.signer, maxSizeBytes: 1000 } } });
    await publish(stage, set);
    expect(await stage.standing(set.videoId)).toEqual(['FAILED', 'UPLOAD_TOO_LARGE']);
  });

  test('READY as it is, it is never transcoded again', async () => {
    const set = await sentSet(stage);
    await publish(stage, set);
    await expect(retryVideo(stage.as(set.ownerId), set)).rejects.toMatchObject({
      code: 'illegal_transition',
    });
    await stage.sql(`update videos set updated_at = now() - interval '2 hours' where id = ?`, [set.videoId]);
    await runTask('reconcile', stage.system(), {});
    expect(await stage.queue('probe-source', { videoId: set.videoId })).toEqual([]);
  });
});

test('a set that never becomes whole expires, and its staging goes', async () => {
  const files = wholeSet();
  const set = await openedSet(stage, files);
  await putSet(set, new Map([...files].slice(0, 3)));
  stage.passSeconds(60 * 86_400);
  await runTask('reconcile', stage.system(), {});
  expect(await stage.standing(set.videoId)).toEqual(['FAILED', 'UPLOAD_EXPIRED']);
  await stage.runJobs('clean-session');
  expect(await stage.keys('sources', `staging/${set.videoId}/`)).toEqual([]);
});

test('the sweeper finds a whole set of which no event told', async () => {
  const set = await sentSet(stage, wholeSet(), { sizes: false });
  stage.passSeconds(300);
  await runTask('reconcile', stage.system(), {});
  stage.passSeconds(10);
  await stage.runJobs('publish-set');
  expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
});
