import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { applyProviderEvent } from '#domain/transcode/apply-provider-event.ts';
import { receiveTranscodeEvent, type TranscodeEvent } from '#domain/transcode/receive-transcode-event.ts';
import { TranscodeJob } from '#domain/transcode/transcode-job.entity.ts';
import { signed } from '#test/api/webhooks/sign.ts';
import { useStage } from '#test/domain/stage.ts';
import { handedOver } from '#test/domain/transcode/handed-over.ts';

const stage = useStage();
afterEach(() => stage.reset());

/** An attempt that a provider elsewhere works on. */
async function submitted(): Promise<TranscodeJob> {
  const { attempt } = await handedOver(stage);
  return stage.system().em.findOneOrFail(TranscodeJob, { id: attempt.id });
}

async function applied(body: TranscodeEvent): Promise<string> {
  const rawBody = JSON.stringify(body);
  await receiveTranscodeEvent(stage.system(), { eventId: randomUUID(), rawBody, body });
  const [event] = await stage.sql<{ id: string }>('select id from provider_events where video_id = ?', [
    body.videoId,
  ]);
  await applyProviderEvent(stage.system(), { eventId: event?.id ?? '' });
  return event?.id ?? '';
}

/** The transaction that wrote a row last. */
async function writerOf(table: string, id: string): Promise<string | undefined> {
  const [row] = await stage.sql<{ writer: string }>(
    `select xmin::text as writer from ${table} where id = ?`,
    [id],
  );
  return row?.writer;
}

describe('an event is processed in the very transaction that moves the state (R15)', () => {
  test('so that a crash between the two cannot fail the next attempt as well', async () => {
    const { id, videoId } = await submitted();
    stage.coconut.jobOf(id).status = { state: 'unknown' };
    const eventId = await applied({ videoId, status: 'FAILED' });
    expect(await stage.row('transcode_jobs', id)).toMatchObject({ state: 'FAILED' });
    expect(await stage.row('provider_events', eventId)).toMatchObject({ outcome: 'failed' });
    expect(await writerOf('provider_events', eventId)).toBe(await writerOf('transcode_jobs', id));
  });

  test('when it publishes, too', async () => {
    const job = await submitted();
    const { masterKey } = await stage.transcoder.make(job.order());
    const assets = [{ type: 'HLS_MASTER', fileKey: masterKey }];
    const eventId = await applied({ videoId: job.videoId, status: 'READY', assets });
    expect(await stage.standing(job.videoId)).toEqual(['READY', null]);
    expect(await stage.row('provider_events', eventId)).toMatchObject({ outcome: 'published' });
    expect(await writerOf('provider_events', eventId)).toBe(await writerOf('videos', job.videoId));
  });
});

describe('a signed event that Postgres could not keep', () => {
  const send = (body: string, id?: string) =>
    createApi(stage.platform).request('http://localhost:4000/api/webhooks/transcoding', {
      method: 'POST',
      body,
      headers: signed(body, id === undefined ? {} : { id }),
    });

  test('for its bandwidth is refused at the door', async () => {
    const { videoId } = await stage.draft();
    const asset = { type: 'HLS_RENDITION', fileKey: 'a/b.m3u8', bandwidth: 2 ** 31 };
    const body = JSON.stringify({ videoId, status: 'READY', assets: [asset] });
    expect((await send(body)).status).toBe(422);
    expect(await stage.sql('select id from provider_events where video_id = ?', [videoId])).toEqual([]);
  });

  test('for the length of its id is taken once', async () => {
    const { videoId } = await stage.draft();
    const body = JSON.stringify({ videoId, status: 'FAILED' });
    // Random, or Postgres would make it fit by compressing it.
    const id = Array.from({ length: 160 }, () => randomUUID()).join('');
    for (let i = 0; i < 2; i += 1) expect((await send(body, id)).status).toBe(204);
    expect(await stage.sql('select id from provider_events where video_id = ?', [videoId])).toHaveLength(1);
  });
});
