import { expect, test } from 'vitest';
import { useStage } from '#test/domain/stage.ts';
import { openedSet, wholeSet } from '#test/domain/upload/set-steps.ts';

const stage = useStage();

test('a set that another one replaces is cleaned of what comes later, once its last URL has died', async () => {
  const first = await openedSet(stage, wholeSet());
  const others = wholeSet();
  others.set('extra.jpg', Buffer.from('a picture'));
  await openedSet(stage, others, { ownerId: first.ownerId, videoId: first.videoId });
  expect(await stage.queue('clean-session', { sessionId: first.sessionId })).toHaveLength(2);
});
