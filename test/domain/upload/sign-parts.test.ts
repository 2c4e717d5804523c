import { afterEach, describe, expect, test } from 'vitest';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { resumeUpload } from '#domain/upload/resume-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type OpenedUpload, useStage } from '../stage.ts';
import { gate } from './gate.ts';

const stage = useStage();
afterEach(() => stage.reset());

const DAY_SECONDS = 24 * 3600;
const sign = ({ ownerId, sessionId }: OpenedUpload, partNumbers = [1]) =>
  signParts(stage.as(ownerId), { sessionId, partNumbers });

/** When the row was written last, by a signature, and what it says. */
async function times({ sessionId }: OpenedUpload) {
  const row = await stage.row<{ last_signed_at: string; next_check_at: string; expires_at: string }>(
    'upload_sessions',
    sessionId,
  );
  const ms = (text: string) => new Date(text).getTime();
  return {
    signedMs: ms(row.last_signed_at),
    checkMs: ms(row.next_check_at),
    expiresMs: ms(row.expires_at),
  };
}

describe('a signature', () => {
  test('starts the upload, and puts off the look into storage by a minute', async () => {
    const upload = await stage.opened();
    await sign(upload);
    const { signedMs, checkMs } = await times(upload);
    expect(checkMs - signedMs).toBe(60_000);
    expect((await getUpload(stage.as(upload.ownerId), upload)).status).toBe('IN_PROGRESS');
  });

  test('is written down every half minute at most, so the look comes at most that early', async () => {
    const upload = await stage.opened();
    await sign(upload);
    const first = await times(upload);
    stage.passSeconds(25);
    await sign(upload);
    expect(await times(upload)).toEqual(first);
    stage.passSeconds(10);
    await sign(upload);
    const second = await times(upload);
    expect(second.signedMs - first.signedMs).toBeGreaterThanOrEqual(35_000);
    expect(second.checkMs - second.signedMs).toBe(60_000);
    expect(second.expiresMs).toBeGreaterThan(first.expiresMs);
  });

  test('lets the upload live on, but no longer than any upload may', async () => {
    const upload = await stage.opened();
    await sign(upload);
    const begun = await times(upload);
    for (let week = 0; week < 4; week += 1) {
      stage.passSeconds(6.5 * DAY_SECONDS);
      await sign(upload);
    }
    const { expiresMs } = await times(upload);
    expect(expiresMs - begun.signedMs).toBeLessThanOrEqual(30 * DAY_SECONDS * 1000);
    stage.passSeconds(4.5 * DAY_SECONDS);
    await expect(sign(upload)).rejects.toMatchObject({ code: 'upload_expired' });
  });

  test('is given for a part again and again: a URL that ran out costs one call', async () => {
    const upload = await stage.opened();
    for (let time = 0; time < 3; time += 1) {
      const [part] = await sign(upload, [2]);
      expect(part).toMatchObject({ partNumber: 2, sizeBytes: 1000 });
      stage.passSeconds(2 * 3600);
    }
    await stage.sendParts(upload, [1, 2]);
    expect((await completeUpload(stage.as(upload.ownerId), upload)).outcome).toBe('completed');
  });

  test('is given for a hundred parts at once, each for its own length', async () => {
    const upload = await stage.opened(undefined, 1024 ** 3);
    const partNumbers = Array.from({ length: 100 }, (_, n) => n + 29);
    const parts = await sign(upload, partNumbers);
    expect(parts.map((part) => part.partNumber)).toEqual(partNumbers);
    expect(new Set(parts.map((part) => part.sizeBytes))).toEqual(new Set([8 * 1024 ** 2]));
  });
});

describe('no signature is given', () => {
  test.each([[0], [3], [10_001], [1.5]])('for part %d of two', async (partNumber) => {
    const upload = await stage.opened();
    await expect(sign(upload, [partNumber])).rejects.toMatchObject({ code: 'part_out_of_range' });
    expect((await getUpload(stage.as(upload.ownerId), upload)).status).toBe('INITIATED');
  });

  test('while paused, and to whom a pause came first', async () => {
    const upload = await stage.opened();
    await pauseUpload(stage.as(upload.ownerId), upload);
    await expect(sign(upload)).rejects.toMatchObject({ code: 'upload_paused' });
    await resumeUpload(stage.as(upload.ownerId), upload);
    expect(await sign(upload)).toHaveLength(1);
  });

  test('for a canceled upload, a completed one, and one that ran out', async () => {
    const canceled = await stage.opened();
    await cancelUpload(stage.as(canceled.ownerId), canceled);
    await expect(sign(canceled)).rejects.toMatchObject({ code: 'upload_closed' });
    await expect(sign(await stage.uploaded())).rejects.toMatchObject({ code: 'upload_closed' });
    const expired = await stage.opened();
    stage.passSeconds(8 * DAY_SECONDS);
    await expect(sign(expired)).rejects.toMatchObject({ code: 'upload_expired' });
  });

  test('to another owner', async () => {
    const upload = await stage.opened();
    await expect(sign({ ...upload, ownerId: (await stage.draft()).ownerId })).rejects.toMatchObject({
      code: 'upload_not_found',
    });
  });

  test('for an upload whose bytes come another way', async () => {
    const upload = await stage.opened();
    await stage.sql("update upload_sessions set provider = 'TUS' where id = ?", [upload.sessionId]);
    await expect(sign(upload)).rejects.toMatchObject({ code: 'part_out_of_range' });
  });
});

describe('a signature that meets another change at the same moment', () => {
  /** Asks for a part while somebody holds the row, who then commits `change`. */
  async function signDuring(upload: OpenedUpload, change: string): Promise<unknown> {
    await sign(upload);
    stage.passSeconds(60);
    const committed = gate();
    const changing = stage.system().em.transactional(async (tx) => {
      await tx.execute(`update upload_sessions set ${change} where id = ?`, [upload.sessionId]);
      await committed.pass();
    });
    await committed.reached;
    const signing = sign(upload).catch((error: unknown) => error);
    await waitFor('the signature to wait for the row', async () => {
      const waiting = await stage.sql(
        "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return waiting.length > 0;
    });
    committed.open();
    await changing;
    return signing;
  }

  test.each([
    ['a pause', "status = 'PAUSED'", 'upload_paused'],
    ['a cancel', "status = 'CANCELED'", 'upload_closed'],
    ['a completion', "completing_until = now() + interval '1 day'", 'completing'],
    ['an expiry', "status = 'FAILED'", 'upload_expired'],
  ])('%s comes first, and is what the client is told', async (_, change, code) => {
    expect(await signDuring(await stage.opened(), change)).toMatchObject({ code });
  });

  test('another signature comes first, and both are given', async () => {
    const signed = await signDuring(await stage.opened(), 'last_signed_at = now()');
    expect(signed).toMatchObject([{ partNumber: 1 }]);
  });
});
