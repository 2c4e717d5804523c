import { describe, expect, test } from 'vitest';
import { collect, expectStorageError, type ObjectStoreStand, TYPE } from './stand.ts';

export function refusalsContract(stand: ObjectStoreStand): void {
  describe('refusals', () => {
    test('a wrong access key is refused in so many words', async () => {
      for (const call of [
        () => stand.subject().stranger.get('a'),
        () => stand.subject().stranger.put('a', 'b', TYPE),
        () => stand.subject().stranger.createMultipart('a', TYPE),
        () => collect(stand.subject().stranger.list('')),
        () => stand.subject().stranger.deleteMany(['a']),
      ]) {
        const error = await expectStorageError(call(), 'access_refused');
        expect(error.message).toMatch(/^storage refused the access key/);
      }
      await expectStorageError(stand.subject().stranger.head('a'), 'access_refused');
    });

    test('a missing bucket is named', async () => {
      for (const call of [
        () => stand.subject().nowhere.get('a'),
        () => stand.subject().nowhere.put('a', 'b', TYPE),
        () => stand.subject().nowhere.createMultipart('a', TYPE),
        () => collect(stand.subject().nowhere.list('')),
      ]) {
        const error = await expectStorageError(call(), 'bucket_not_found');
        expect(error.message).toBe(`bucket ${stand.subject().nowhere.bucket} not found`);
      }
    });
  });
}
