import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { DEFAULT_ISOLATION, isolatedCalls } from '#providers/transcoders/coconut/isolated-call.ts';
import { TranscodeFailure, TranscoderUnavailable } from '#providers/transcoders/transcoder.ts';
import { orderOf } from '#test/providers/ffmpeg/builders.ts';
import { waitFor } from '#test/support/conditions.ts';
import { freePort } from '#test/support/ports.ts';
import { answering, basic, plainServer } from './plain-server.ts';
import { allOf, coconutOver, SECRETS } from './subject.ts';

const HTML = `<html><body>502 Bad Gateway ${SECRETS.storageSecret}</body></html>`;
const order = orderOf({ outputPrefix: 'videos/v/hls/1/' });
const job = { providerJobId: 'S9BkOufdntiPR9', order };

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    (value) => new Error(`it resolved to ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  for (const [name, secret] of Object.entries(SECRETS)) expect(allOf(error), name).not.toContain(secret);
  return error;
}

test('requests are made by coconutjs, with the key as the user of Basic authentication', async () => {
  await using server = await plainServer(answering(201, '{"id":"S9BkOufdntiPR9","status":"job.starting"}'));
  const transcoder = coconutOver(server.endpoint);
  expect(await transcoder.submit(order)).toEqual({ providerJobId: 'S9BkOufdntiPR9' });
  const [seen] = server.seen;
  expect(seen).toMatchObject({ method: 'POST', path: '/v2/jobs', authorization: basic(SECRETS.apiKey) });
  expect(seen?.userAgent).toMatch(/NodeJSBindings\/3\.0\.2/);
});

test('two keys in one process never cross, however their calls overlap', async () => {
  await using server = await plainServer(answering(200, '{"status":"job.processing","progress":"20%"}'));
  const keys = ['key-a', 'key-b', 'key-c'];
  const calls = keys.map((apiKey) =>
    isolatedCalls({ apiKey, endpoint: server.endpoint }, { ...DEFAULT_ISOLATION, concurrency: 2 }),
  );
  await Promise.all(
    [0, 1, 2].flatMap((round) =>
      calls.map((call, i) => call({ operation: 'retrieve', providerJobId: `${keys[i]}-${round}` })),
    ),
  );
  expect(server.seen).toHaveLength(9);
  for (const { path, authorization } of server.seen)
    expect(authorization).toBe(basic(/key-[abc]/.exec(path)?.[0] ?? ''));
});

test.each([
  ['a page of HTML', answering(200, HTML)],
  ['an empty body', answering(200, '')],
  ['a JSON that is no object', answering(200, '[1]')],
  ['a server error with HTML', answering(502, HTML)],
  ['a server error with JSON', answering(500, '{"message":"boom"}')],
  ['an answer that says nothing of a status', answering(200, '{}')],
])('%s says nothing about a job: the transcoder is unreachable', async (_, answer) => {
  await using server = await plainServer(answer);
  const transcoder = coconutOver(server.endpoint);
  const error = await failureOf(transcoder.status(job));
  expect(error).toBeInstanceOf(TranscoderUnavailable);
  expect(error).toMatchObject({ code: 'transcoder_unreachable', maybeAccepted: false });
});

test.each([
  ['a page of HTML after the acceptance', answering(201, HTML)],
  ['an empty acceptance', answering(201, '')],
  ['an acceptance without an id', answering(201, '{"status":"job.starting"}')],
  ['an id that would lead elsewhere', answering(201, '{"id":"../metadata"}')],
  ['a gateway that gave up', answering(504, HTML)],
])('%s may have been a submission', async (_, answer) => {
  await using server = await plainServer(answer);
  const error = await failureOf(coconutOver(server.endpoint).submit(order));
  expect(error).toBeInstanceOf(TranscoderUnavailable);
  expect(error).toMatchObject({ code: 'transcoder_unreachable', maybeAccepted: true });
});

test('an answer that never comes ends with the time, and may have been a submission', async () => {
  await using server = await plainServer(() => undefined);
  const error = await failureOf(coconutOver(server.endpoint, { timeoutMs: 2_000 }).submit(order));
  expect(error).toMatchObject({ code: 'transcoder_unreachable', maybeAccepted: true });
});

test('an answer that breaks off is noticed at once', async () => {
  await using server = await plainServer((response) => {
    response.writeHead(201, { 'content-length': '100' }).write('{"id":');
    setImmediate(() => response.destroy());
  });
  const error = await failureOf(coconutOver(server.endpoint, { timeoutMs: 600_000 }).submit(order));
  expect(error).toMatchObject({ code: 'transcoder_unreachable', maybeAccepted: true });
});

test('a connection that is cut before an answer may have been a submission', async () => {
  await using server = await plainServer((response) => void response.destroy());
  const error = await failureOf(coconutOver(server.endpoint).submit(order));
  expect(error).toMatchObject({ code: 'transcoder_unreachable', maybeAccepted: true });
});

test('a refused connection was no submission', async () => {
  const error = await failureOf(coconutOver(`http://127.0.0.1:${await freePort()}/v2`).submit(order));
  expect(error).toMatchObject({ code: 'transcoder_unreachable', maybeAccepted: false });
  expect((error as Error).message).toContain('ECONNREFUSED');
});

test('an answer larger than its thread may hold ends that thread alone', async () => {
  const chunk = 'x'.repeat(1024 ** 2);
  await using server = await plainServer((response) => {
    response.writeHead(200);
    const pour = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', pour);
    };
    pour();
  });
  const error = await failureOf(coconutOver(server.endpoint).status(job));
  expect(error).toMatchObject({ code: 'transcoder_unreachable' });
});

test.each([
  [401, '{"message":"Unauthorized","error_code":"authentication_failed","status":"error"}'],
  [401, HTML],
  [403, ''],
  [400, '{"error_code":"account_suspended","message":"closed","status":"error"}'],
  [400, '{"error_code":"storage_credentials_not_valid","message":"define them","status":"error"}'],
])('%i %s: people have to act', async (status, body) => {
  await using server = await plainServer(answering(status, body));
  const error = await failureOf(coconutOver(server.endpoint).submit(order));
  expect(error).toBeInstanceOf(TranscoderUnavailable);
  expect(error).toMatchObject({ code: 'transcoder_refused', maybeAccepted: false });
});

test.each([
  ['7', 7],
  ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ['soon', null],
  [undefined, null],
])('429 with Retry-After %s is throttled', async (header, retryAfterSeconds) => {
  await using server = await plainServer(
    answering(429, HTML, header === undefined ? {} : { 'retry-after': header }),
  );
  const transcoder = coconutOver(server.endpoint);
  for (const ask of [() => transcoder.submit(order), () => transcoder.status(job)])
    expect(await failureOf(ask())).toMatchObject({
      code: 'transcoder_throttled',
      retryAfterSeconds,
      maybeAccepted: false,
    });
});

test('429 with a moment to come is throttled until then', async () => {
  const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
  await using server = await plainServer(answering(429, '', { 'retry-after': inAnHour }));
  const error = await failureOf(coconutOver(server.endpoint).status(job));
  expect((error as TranscoderUnavailable).retryAfterSeconds).toBeGreaterThan(3000);
  expect((error as TranscoderUnavailable).retryAfterSeconds).toBeLessThanOrEqual(3600);
});

test.each([
  [400, 'output_param_not_valid'],
  [422, 'params_out_of_range'],
  [400, 'a_code_of_next_year'],
])('%i with %s is the order at fault: the same again would be answered the same', async (status, code) => {
  const body = JSON.stringify({
    message: `not at ${SECRETS.signature}: https://a.example/?q`,
    error_code: code,
  });
  await using server = await plainServer(answering(status, body.replace(SECRETS.signature, 'all')));
  const error = await failureOf(coconutOver(server.endpoint).submit(order));
  expect(error).toBeInstanceOf(TranscodeFailure);
  expect(error).toMatchObject({ code: 'TRANSCODE_ERROR', isFinal: true });
  expect((error as Error).message).toBe(`Coconut answered ${status} ${code}: not at all: [address]`);
});

test('an API that is not there takes no order', async () => {
  await using server = await plainServer(answering(404, '{"message":"Not Found"}'));
  const error = await failureOf(coconutOver(server.endpoint).submit(order));
  expect(error).toMatchObject({ code: 'transcoder_unreachable', maybeAccepted: false });
});

test.each(['{"message":"Not Found"}', HTML, ''])('a job that is not found (%s) is unknown', async (body) => {
  await using server = await plainServer(answering(404, body));
  expect(await coconutOver(server.endpoint).status(job)).toEqual({ state: 'unknown' });
});

test("an id that is none of Coconut's is unknown without being asked for", async () => {
  await using server = await plainServer(answering(200, '{}'));
  for (const providerJobId of ['..', 'a/b', '', 'x'.repeat(300)])
    expect(await coconutOver(server.endpoint).status({ ...job, providerJobId })).toEqual({
      state: 'unknown',
    });
  expect(server.seen).toEqual([]);
});

test('one order twice is one job, and a submission that failed is made anew', async () => {
  const answers = [answering(503, ''), answering(201, '{"id":"first"}'), answering(201, '{"id":"second"}')];
  await using server = await plainServer((response) => answers.shift()?.(response));
  const transcoder = coconutOver(server.endpoint);
  await expect(transcoder.submit(order)).rejects.toBeInstanceOf(TranscoderUnavailable);
  const [one, two] = await Promise.all([transcoder.submit(order), transcoder.submit(order)]);
  expect([one, two, await transcoder.submit(order)].map(({ providerJobId }) => providerJobId)).toEqual([
    'first',
    'first',
    'first',
  ]);
  expect(server.seen).toHaveLength(2);
});

test('a call that crashes its thread takes no other with it, and the next one is answered', async () => {
  const held: ServerResponse[] = [];
  await using server = await plainServer((response, request) => {
    if (request.url?.endsWith('held')) held.push(response);
    else response.end(request.url?.endsWith('bad') ? HTML : '{"status":"job.processing","progress":"5%"}');
  });
  const transcoder = coconutOver(server.endpoint);
  const ask = (providerJobId: string) => transcoder.status({ providerJobId, order });
  const slow = ask('held');
  await waitFor('the slow call to be on its way', async () => held.length > 0);
  for (let round = 0; round < 3; round += 1) {
    await expect(ask('bad')).rejects.toBeInstanceOf(TranscoderUnavailable);
    expect(await ask('good')).toEqual({ state: 'running', progressPercent: 5 });
  }
  held[0]?.end('{"status":"job.processing","progress":"50%"}');
  expect(await slow).toEqual({ state: 'running', progressPercent: 50 });
});
