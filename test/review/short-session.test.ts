import { afterEach, expect, test } from 'vitest';
import { signParts } from '#domain/upload/sign-parts.ts';
import { useStage } from '#test/domain/stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

test('an upload that goes on being signed never expires, however short the life of a session is', async () => {
  stage.tune({ sessionTtlSeconds: 600 });
  const { ownerId, sessionId } = await stage.opened(undefined, 1000);
  const sign = () => signParts(stage.as(ownerId), { sessionId, partNumbers: [1] });
  for (let i = 0; i < 8; i += 1) {
    expect(await sign()).toHaveLength(1);
    stage.passSeconds(300);
  }
  stage.passSeconds(301);
  await expect(sign()).rejects.toMatchObject({ code: 'upload_expired' });
});
