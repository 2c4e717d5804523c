import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { countUpload } from '#domain/access/limit-uploads.ts';
import { UPLOAD_POLICIES } from '#domain/upload/upload-policies.ts';
import { useStage } from '../stage.ts';
import { gate } from '../upload/gate.ts';

const stage = useStage();
afterEach(() => stage.reset());

const policy = { ...UPLOAD_POLICIES.direct, uploadsPerHour: 2 };
const starting = (ownerId: string) => ({ ownerId, policyName: 'direct', policy, now: stage.now() });
const begin = (ownerId: string) =>
  stage.system().em.transactional((tx) => countUpload(tx, starting(ownerId)));

test('the last place goes to one of two that ask at the same moment', async () => {
  const ownerId = randomUUID();
  await begin(ownerId);
  const counted = gate();
  const first = stage.system().em.transactional(async (tx) => {
    await countUpload(tx, starting(ownerId));
    await tx.flush();
    await counted.pass();
  });
  await counted.reached;
  let isOver = false;
  const second = begin(ownerId)
    .catch((error: unknown) => error)
    .finally(() => {
      isOver = true;
    });
  // It waits for the first to commit; another owner does not.
  await begin(randomUUID());
  expect(isOver).toBe(false);
  counted.open();
  await first;
  expect(await second).toMatchObject({ code: 'rate_limited' });
});

test('what was rolled back takes no place', async () => {
  const ownerId = randomUUID();
  for (let n = 0; n < 3; n += 1)
    await stage
      .system()
      .em.transactional(async (tx) => {
        await countUpload(tx, starting(ownerId));
        throw new Error('no upload after all');
      })
      .catch(() => undefined);
  await begin(ownerId);
  await begin(ownerId);
  await expect(begin(ownerId)).rejects.toMatchObject({ code: 'rate_limited' });
});

test('any hour counts: each place is free again an hour after it was taken', async () => {
  const ownerId = randomUUID();
  await begin(ownerId);
  stage.passSeconds(1800);
  await begin(ownerId);
  await expect(begin(ownerId)).rejects.toMatchObject({
    members: { retryAfterSeconds: expect.toSatisfy((wait: number) => wait > 1790 && wait <= 1800) },
  });
  stage.passSeconds(1801);
  await begin(ownerId);
  await expect(begin(ownerId)).rejects.toMatchObject({ code: 'rate_limited' });
});

test('the policies of an owner are counted apart, and one without a number not at all', async () => {
  const ownerId = randomUUID();
  for (let n = 0; n < 2; n += 1) await begin(ownerId);
  const count = (change: object) =>
    stage.system().em.transactional((tx) => countUpload(tx, { ...starting(ownerId), ...change }));
  await count({ policyName: 'signer' });
  for (let n = 0; n < 5; n += 1) await count({ policy: { ...policy, uploadsPerHour: null } });
  await expect(begin(ownerId)).rejects.toMatchObject({ code: 'rate_limited' });
});
