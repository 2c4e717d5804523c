import { beforeEach, expect, test } from 'vitest';
import { arrived, outcomes, shown, video } from '#test/domain/playlist/archives.ts';
import { useStage } from '#test/domain/stage.ts';
import { zipOf } from '#test/support/zips.ts';

const stage = useStage();
beforeEach(() => stage.reset());

test('a name that no database takes does not keep a ZIP bomb from failing', async () => {
  const bomb = zipOf([video('a.mp4', { localHeaderAt: 0 }), video('\0\u001b[2Jb.mp4', { localHeaderAt: 0 })]);
  const { owner, playlistId } = await arrived(stage, bomb);
  await stage.runJobs('unpack-archive');
  expect(await shown(owner, playlistId)).toMatchObject({ state: 'FAILED', failReason: 'ARCHIVE_BOMB' });
  const { fail_detail } = await stage.row<{ fail_detail: string }>('playlists', playlistId);
  expect(fail_detail).not.toContain('b.mp4');
});

test('a name too long to be kept whole keeps its end, and its entry becomes a video as the others do', async () => {
  const { owner, playlistId } = await arrived(
    stage,
    zipOf([video(`${'deep/'.repeat(300)}last.mp4`), video('other.mp4')]),
  );
  await stage.runJobs('unpack-archive');
  const { state, videos } = await shown(owner, playlistId);
  expect(state).toBe('UNPACKED');
  expect(videos.map(({ title }) => title)).toEqual(['last', 'other']);
  const kept = Object.entries(await outcomes(owner, playlistId));
  expect(kept).toEqual([
    [expect.stringMatching(/^.{1015,1016}last\.mp4$/), 'ACCEPTED'],
    ['other.mp4', 'ACCEPTED'],
  ]);
});
