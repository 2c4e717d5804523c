import { afterEach, expect, test } from 'vitest';
import { getVideo } from '#domain/video/get-video.ts';
import { updateVideo } from '#domain/video/update-video.ts';
import { useStage } from '../stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

test('of two edits of the same reading one is refused, whichever comes first', async () => {
  const { ownerId, videoId } = await stage.draft();
  const { etag: ifMatch } = await getVideo(stage.as(ownerId), { videoId });
  const answers = await Promise.allSettled(
    ['One', 'Two'].map((title) => updateVideo(stage.as(ownerId), { videoId, title, ifMatch })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = answers.find((answer) => answer.status === 'rejected');
  expect(refused?.reason).toMatchObject({ code: 'precondition_failed' });
});

test('state and progress move under an edit, and it still holds', async () => {
  const { ownerId, videoId } = await stage.draft();
  const { etag: ifMatch } = await getVideo(stage.as(ownerId), { videoId });
  await stage.ready({ ownerId, videoId });
  const edited = await updateVideo(stage.as(ownerId), { videoId, title: 'New', description: null, ifMatch });
  expect(edited).toMatchObject({ title: 'New', description: null, status: 'READY' });
  expect(edited.etag).not.toBe(ifMatch);
});

test('what is not named stays as it was', async () => {
  const { ownerId, videoId } = await stage.draft();
  await updateVideo(stage.as(ownerId), { videoId, description: 'Words' });
  expect(await updateVideo(stage.as(ownerId), { videoId, title: 'New' })).toMatchObject({
    title: 'New',
    description: 'Words',
  });
});

test('nobody edits the video of somebody else', async () => {
  const { videoId } = await stage.draft();
  const stranger = stage.as('00000000-0000-4000-8000-000000000001');
  await expect(updateVideo(stranger, { videoId, title: 'Mine' })).rejects.toMatchObject({
    code: 'video_not_found',
  });
});
