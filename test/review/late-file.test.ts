import { afterEach, expect, test } from 'vitest';
import { runTask, useStage } from '#test/domain/stage.ts';
import { openedPut, putFile } from '#test/domain/upload/single-put-steps.ts';

const stage = useStage();
afterEach(() => stage.reset());

test('a file that comes while the last look for it ends without it is not thrown away', async () => {
  const put = await openedPut(stage);
  let looks = 0;
  stage.gates.sources.head = async (key) => {
    if (key === put.fileKey) looks += 1;
    // The staging key was empty; then the source key is looked at.
    if (key === put.fileKey && looks === 1) await putFile(put.url);
  };
  const tryNumber = stage.system().settings.probeAttempts;
  await runTask('complete-upload', stage.system(), { sessionId: put.sessionId, tryNumber });
  expect(looks).toBe(1);
  expect(await stage.standing(put.videoId)).toEqual(['UPLOADING', null]);
  stage.passSeconds(60);
  await stage.runJobs('complete-upload');
  expect(await stage.standing(put.videoId)).toEqual(['UPLOADED', null]);
});
