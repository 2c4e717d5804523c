import { afterEach, expect, test } from 'vitest';
import type { Context } from '#domain/context.ts';
import { startUpload } from '#domain/upload/start-upload.ts';
import { FILE_SIZE_BYTES, useStage } from '#test/domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** Its transactions are committed, but the connection is gone before the answer comes. */
function withLostCommits(context: Context): Context {
  const fork: Context['em']['fork'] = (...input) => {
    const em = context.em.fork(...input);
    const transactional = em.transactional.bind(em);
    em.transactional = async (...work) => {
      await transactional(...work);
      throw new Error('Connection terminated unexpectedly');
    };
    return em;
  };
  return { ...context, em: Object.assign(context.em.fork(), { fork }) };
}

test('an upload whose start was committed, but not answered, takes parts when its client starts again', async () => {
  const draft = await stage.draft();
  const input = { ...draft, sourceMime: 'video/mp4', sourceSizeBytes: FILE_SIZE_BYTES };
  await expect(startUpload(withLostCommits(stage.as(draft.ownerId)), input)).rejects.toThrow('terminated');
  const upload = await stage.opened(draft);
  expect(await stage.sendParts(upload, [1, 2])).toHaveLength(2);
});

test('of a start that was refused after storage had been asked nothing is left there', async () => {
  const first = await stage.opened();
  const { sources } = stage.system().storage;
  stage.gates.sources.createMultipart = async () => {
    delete stage.gates.sources.createMultipart;
    await stage.sql('update videos set deleted_at = now() where id = ?', [first.videoId]);
  };
  const input = { videoId: first.videoId, sourceMime: 'video/mp4', sourceSizeBytes: 5 };
  await expect(startUpload(stage.as(first.ownerId), input)).rejects.toMatchObject({
    code: 'video_not_found',
  });
  const open = await Array.fromAsync(sources.listMultiparts(`uploads/${first.videoId}/`));
  expect(open.map(({ key }) => key)).toEqual([first.key]);
});
