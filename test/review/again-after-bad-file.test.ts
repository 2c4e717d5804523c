import { afterEach, expect, test } from 'vitest';
import { transcodeAgain } from '#domain/video/transcode-again.ts';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { userActor } from '#test/support/platform.ts';
import { type OpenedUpload, useStage } from '../domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

const again = ({ videoId }: OpenedUpload) =>
  transcodeAgain(stage.platform.context({ ...userActor(), scopes: ['admin'] }), { videoId });

test('a video that plays, and whose newest file was none, says at once that nothing can be made of it', async () => {
  const video = await stage.ready();
  await stage.uploaded(video);
  stage.inspector.failures.push(new SourceRejected('SOURCE_NOT_VIDEO', 'text'));
  await stage.runJobs('probe-source');
  await expect(again(video)).rejects.toMatchObject({
    code: 'source_unavailable',
    message: expect.stringContaining('SOURCE_NOT_VIDEO'),
  });
  await stage.ready(video);
  expect(await again(video)).toMatchObject({ status: 'READY' });
  await stage.runJobs('probe-source');
});

test('one that storage could not give out is looked at again', async () => {
  const video = await stage.ready();
  await stage.uploaded(video);
  for (let tryNumber = 1; tryNumber <= stage.system().settings.probeAttempts; tryNumber += 1) {
    stage.inspector.failures.push(new Error('storage was away'));
    await stage.runJobs('probe-source');
    stage.passSeconds(stage.system().settings.probeRetrySeconds);
  }
  expect(await again(video)).toMatchObject({ status: 'READY' });
});
