import { afterEach, expect, test } from 'vitest';
import { SourceRejected } from '#providers/transcoders/source-inspector.ts';
import { useStage } from '#test/domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** The second source of a READY video is being transcoded when a third one is accepted. */
async function thirdWhileSecondIsMade() {
  const first = await stage.ready();
  const second = await stage.probed(first);
  const third = await stage.uploaded(first);
  return { first, second, third };
}

const sourcesOf = ({ videoId }: { videoId: string }) => stage.keys('sources', `uploads/${videoId}/`);

test('what the version that plays was made from stays while the upload after it turns out to be no video', async () => {
  const { first, second, third } = await thirdWhileSecondIsMade();
  stage.inspector.failures.push(new SourceRejected('SOURCE_NOT_VIDEO', 'a letter'));
  await stage.runJobs('probe-source');
  await stage.runJobs('transcode');
  await stage.runJobs('clean-session');
  expect(await sourcesOf(first)).toEqual([second.key, third.key].sort());
});

test('it goes when its replacement plays', async () => {
  const { first, third } = await thirdWhileSecondIsMade();
  await stage.runJobs('transcode');
  await stage.runJobs('clean-session');
  expect(await sourcesOf(first)).toHaveLength(2);
  await stage.runJobs('probe-source');
  await stage.runJobs('transcode');
  await stage.runJobs('clean-session');
  expect(await sourcesOf(first)).toEqual([third.key]);
});
