import { beforeEach, expect, test } from 'vitest';
import { StorageError } from '#providers/storage/storage-errors.ts';
import { arrived, clip, outcomes, shown, video } from '#test/domain/playlist/archives.ts';
import { runTask, useStage } from '#test/domain/stage.ts';
import { zipOf } from '#test/support/zips.ts';

const stage = useStage();
beforeEach(() => stage.reset());

test('an archive whose policy is tightened while it waits ends: what is no longer taken is refused', async () => {
  const { owner, playlistId } = await arrived(
    stage,
    zipOf([video('large.mp4', { data: clip(5000) }), video('small.mp4')]),
  );
  stage.gates.sources.createMultipart = () => {
    throw new StorageError('unavailable', 'storage is away');
  };
  await expect(runTask('unpack-archive', stage.system(), { playlistId })).rejects.toThrow();
  delete stage.gates.sources.createMultipart;
  const { settings, ...system } = stage.system();
  const { admin, ...others } = settings.policies;
  const policies = { ...others, admin: { ...admin, maxSizeBytes: 3000 } };
  await runTask('unpack-archive', { ...system, settings: { ...settings, policies } }, { playlistId });
  expect((await shown(owner, playlistId)).state).toBe('UNPACKED');
  expect(await outcomes(owner, playlistId)).toEqual({
    'large.mp4': 'REFUSED UPLOAD_TOO_LARGE',
    'small.mp4': 'ACCEPTED',
  });
});
