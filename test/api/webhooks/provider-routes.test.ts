import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import type { Log } from '#domain/context.ts';
import { notification, REMOTE_SECRET } from '#test/domain/scripted-remote.ts';
import { Stage } from '#test/domain/stage.ts';
import { clearPipeline, handedOver } from '#test/domain/transcode/handed-over.ts';
import { problemOf } from '../test-api.ts';

const stage = new Stage();
const lines: string[] = [];
const keep = (fields: object, message: string) => {
  lines.push(
    JSON.stringify([message, fields], (_, value) => (value instanceof Error ? `${value.stack}` : value)),
  );
};
const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
let app: ReturnType<typeof createApi>;

beforeAll(async () => {
  await stage.open();
  app = createApi({ ...stage.platform, log });
});
beforeEach(async () => {
  await clearPipeline(stage);
  lines.length = 0;
});
afterAll(() => stage.close());

const QUERY = '?submission=1&secret=a-secret-of-this-job-alone';
const post = (
  path: string,
  body: string,
  headers: Record<string, string> = { 'x-remote-secret': REMOTE_SECRET },
): Promise<Response> =>
  Promise.resolve(
    app.request(`${path}${QUERY}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    }),
  );
const events = (jobId: string) => stage.sql('select outcome from provider_events where job_id = ?', [jobId]);

describe.each(['coconut', 'mediaconvert'] as const)('POST /webhooks/%s', (provider) => {
  const path = `/webhooks/${provider}`;
  const told = async () => {
    const { videoId, attempt } = await handedOver(stage, provider);
    const job = stage[provider].jobOf(attempt.id);
    const { rawBody } = notification({
      jobId: attempt.id,
      providerJobId: job.id,
      kind: 'ended',
      eventId: attempt.id,
    });
    return { videoId, attempt, job, rawBody };
  };

  test('answers 204 and only puts the event into the inbox, once, however often it comes', async () => {
    const { videoId, attempt, job, rawBody } = await told();
    await stage[provider].finish(job);
    const calls = stage[provider].calls.length;
    for (let time = 0; time < 3; time += 1) {
      const response = await post(path, rawBody);
      expect(response.status).toBe(204);
      expect(await response.text()).toBe('');
    }
    expect(stage[provider].calls).toHaveLength(calls);
    expect(await stage.standing(videoId)).toEqual(['TRANSCODING', null]);
    expect(await events(attempt.id)).toEqual([{ outcome: null }]);
    await stage.runJobs('apply-provider-event');
    expect(await stage.standing(videoId)).toEqual(['READY', null]);
    // Late: the attempt has ended.
    expect((await post(path, rawBody)).status).toBe(204);
  });

  test.each(['application/json; charset=utf-8', 'application/vnd.x+json', 'text/plain'])(
    'takes a body that calls itself %s',
    async (type) => {
      const { attempt, rawBody } = await told();
      expect(
        (await post(path, rawBody, { 'x-remote-secret': REMOTE_SECRET, 'content-type': type })).status,
      ).toBe(204);
      expect(await events(attempt.id)).toHaveLength(1);
    },
  );

  test('what is authentic and about nothing of ours is taken and passed over', async () => {
    expect((await post(path, '{"detail":{"queue":"of somebody else"}}')).status).toBe(204);
    expect(await stage.platform.metricsText()).toContain(
      `sluice_webhooks_total{provider="${provider}",result="ignored"}`,
    );
  });

  test('nobody gets in who is not provably the provider, whatever the body', async () => {
    const { attempt, rawBody } = await told();
    for (const body of [rawBody, '{', '', '[]'])
      for (const secret of ['', 'wrong', `${REMOTE_SECRET}.`]) {
        const response = await post(path, body, { 'x-remote-secret': secret });
        expect(response.status).toBe(401);
        expect((await problemOf(response)).code).toBe('unauthenticated');
      }
    expect(await events(attempt.id)).toEqual([]);
    expect(await stage.platform.metricsText()).toContain(
      `sluice_webhooks_total{provider="${provider}",result="refused"}`,
    );
  });

  test('what is no JSON is 400, JSON that is no event 422, a flood 413, another method 405', async () => {
    expect((await problemOf(await post(path, '{'))).code).toBe('malformed_json');
    expect((await problemOf(await post(path, '5'))).code).toBe('invalid_request');
    expect((await problemOf(await post(path, `"${'x'.repeat(1024 ** 2)}"`))).code).toBe('body_too_large');
    expect((await app.request(path)).status).toBe(405);
  });

  test('is not there where that transcoder is not set up', async () => {
    stage.transcoders.configured = ['ffmpeg'];
    try {
      const response = await post(path, '{}');
      expect(response.status).toBe(404);
      expect((await problemOf(response)).code).toBe('not_found');
    } finally {
      stage.transcoders.configured = ['ffmpeg', 'coconut', 'mediaconvert'];
    }
  });

  test('no query, no secret and no body reaches a log, whether it is taken or refused', async () => {
    const { rawBody, job } = await told();
    lines.length = 0;
    await post(path, rawBody);
    await post(path, rawBody, { 'x-remote-secret': 'a-wrong-secret' });
    await post(path, '{"data":{"url":"https://bucket/x?X-Amz-Signature=abcdef"}');
    const logged = lines.join('\n');
    expect(logged).toContain(path);
    for (const secret of [
      'secret-of-this-job',
      'submission=',
      'a-wrong-secret',
      REMOTE_SECRET,
      'abcdef',
      job.id,
    ])
      expect(logged).not.toContain(secret);
  });
});

test('the description shows the envelope that each provider really sends', async () => {
  const document = (await (await app.request('/openapi.json')).json()) as {
    components: { schemas: Record<string, { example: Record<string, unknown> }> };
    paths: Record<string, { post: { responses: object } }>;
  };
  const { CoconutEvent, MediaConvertEvent } = document.components.schemas;
  expect(Object.keys(CoconutEvent?.example ?? {})).toEqual(['job_id', 'event', 'metadata', 'data']);
  expect(MediaConvertEvent?.example['detail-type']).toBe('MediaConvert Job State Change');
  for (const path of ['/webhooks/coconut', '/webhooks/mediaconvert'])
    expect(Object.keys(document.paths[path]?.post.responses ?? {})).toEqual(
      expect.arrayContaining(['204', '400', '401', '404', '413', '422']),
    );
});
