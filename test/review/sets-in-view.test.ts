import { afterEach, expect, test } from 'vitest';
import { getUpload } from '#domain/upload/get-upload.ts';
import { openSet } from '#domain/upload/open-set.ts';
import { planSet } from '#domain/upload/set-files.ts';
import { useStage } from '#test/domain/stage.ts';
import { edit, openedSet, publish, putSetFile, sentSet, wholeSet } from '#test/domain/upload/set-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

test.each([true, false])(
  'the files of a set are the parts that are counted, sizes announced: %s',
  async (sizes) => {
    const files = wholeSet();
    const set = await openedSet(stage, files, { sizes });
    for (const file of set.files.slice(0, 3)) await putSetFile(file, files.get(file.path) ?? Buffer.alloc(0));
    const view = await getUpload(stage.as(set.ownerId), set);
    expect(view).toMatchObject({ partCount: files.size, stored: '1-3' });

    for (const file of set.files.slice(3)) await putSetFile(file, files.get(file.path) ?? Buffer.alloc(0));
    await publish(stage, set);
    expect(await getUpload(stage.as(set.ownerId), set)).toMatchObject({
      status: 'COMPLETED',
      partCount: files.size,
      stored: `1-${files.size}`,
    });
  },
);

test('a sound that the master names again and again is one asset', async () => {
  const files = wholeSet();
  const again = (n: number) =>
    `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n${n}",URI="audio/playlist.m3u8"\n`;
  edit(
    files,
    'master.m3u8',
    '#EXT-X-STREAM',
    `${Array.from({ length: 500 }, (_, n) => again(n)).join('')}#EXT-X-STREAM`,
  );
  const set = await sentSet(stage, files);
  await publish(stage, set);
  expect(await stage.standing(set.videoId)).toEqual(['READY', null]);
  expect(
    await stage.sql("select quality_label from video_assets where video_id = ? and type = 'HLS_AUDIO'", [
      set.videoId,
    ]),
  ).toEqual([{ quality_label: 'audio' }]);
});

test('the same set begun twice at one moment is begun once: nobody is left with dead URLs', async () => {
  const files = wholeSet();
  const set = await sentSet(stage, files);
  await publish(stage, set);
  const owner = stage.as(set.ownerId);
  const named = [...files.keys()].map((path) => ({
    path,
    contentType: 'application/octet-stream',
    sizeBytes: null,
  }));
  const { policies } = owner.settings;
  const wanted = {
    set: planSet(named, [...named.keys()], policies.signer),
    title: 'again',
    videoId: set.videoId,
  };
  const [first, second] = [await openSet(owner, wanted), await openSet(owner, wanted)];
  expect(second.id).toBe(first.id);
  expect((await getUpload(owner, { sessionId: first.id })).status).toBe('IN_PROGRESS');
});
