import { afterEach, describe, expect, test } from 'vitest';
import { startUpload } from '#domain/upload/start-upload.ts';
import { useStage } from '../stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

describe('a policy that counts', () => {
  const file = (videoId: string, sourceSizeBytes = 1000) => ({
    videoId,
    sourceMime: 'video/mp4',
    sourceSizeBytes,
  });
  const counted = async () => {
    const { ownerId, videoId } = await stage.draft();
    await stage.sql("update videos set policy = 'direct' where id = ?", [videoId]);
    return { ownerId, videoId };
  };
  const startsOf = async (ownerId: string) =>
    (await stage.sql('select 1 from upload_starts where owner_id = ?', [ownerId])).length;
  const another = async (ownerId: string) => {
    const { videoId } = await stage.draft(ownerId);
    await stage.sql("update videos set policy = 'direct' where id = ?", [videoId]);
    return startUpload(stage.as(ownerId), file(videoId));
  };

  test('refuses the upload above its number in any hour, before storage is asked', async () => {
    const { ownerId } = await counted();
    for (let n = 0; n < 10; n += 1) {
      await another(ownerId);
      stage.passSeconds(60);
    }
    stage.gates.sources.createMultipart = () => {
      throw new Error('storage was asked');
    };
    await expect(another(ownerId)).rejects.toMatchObject({
      code: 'rate_limited',
      members: { retryAfterSeconds: expect.toSatisfy((wait: number) => wait > 2950 && wait <= 3000) },
    });
    delete stage.gates.sources.createMultipart;
    stage.passSeconds(3000);
    expect((await another(ownerId)).created).toBe(true);
    await expect(another(ownerId)).rejects.toMatchObject({ code: 'rate_limited' });
  });

  test('counts what began, not what was answered with a live session or refused', async () => {
    const { ownerId, videoId } = await counted();
    await startUpload(stage.as(ownerId), file(videoId));
    await startUpload(stage.as(ownerId), file(videoId));
    await expect(startUpload(stage.as(ownerId), file(videoId, 0))).rejects.toMatchObject({
      code: 'empty_file',
    });
    expect(await startsOf(ownerId)).toBe(1);
  });

  test('lets no more through when all come at once, and storage keeps nothing of the others', async () => {
    const { ownerId } = await counted();
    for (let n = 0; n < 7; n += 1) await another(ownerId);
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => another(ownerId)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await startsOf(ownerId)).toBe(10);
  });

  test('counts each owner by itself', async () => {
    const { ownerId } = await counted();
    for (let n = 0; n < 10; n += 1) await another(ownerId);
    expect((await another((await counted()).ownerId)).created).toBe(true);
  });
});
