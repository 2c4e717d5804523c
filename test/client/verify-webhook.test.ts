import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import {
  verifyWebhook,
  type WebhookVerificationCode,
  WebhookVerificationError,
} from '#client/verify-webhook.ts';
import { newWebhookSecret, signatureHeaders } from '#domain/notifications/webhook-secret.ts';

const SECRET = newWebhookSecret();
const NOW = new Date();
const BODY = JSON.stringify({
  type: 'video.asset.ready',
  timestamp: '2026-01-22T03:00:00.000Z',
  data: { id: 'a', title: 'Tür 🚪' },
});

/** A message as we send it. */
function sent(body = BODY, secrets = [SECRET], at = NOW): Record<string, string> {
  return signatureHeaders({ id: 'msg_1', body, secrets }, at);
}

function refusal(code: WebhookVerificationCode) {
  return expect.toSatisfy((error) => error instanceof WebhookVerificationError && error.code === code, code);
}

test('what we send is believed by the reference receiver, and by ours in each form of headers and body', async () => {
  const headers = sent();
  expect(new Webhook(SECRET).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  const request = () => new Request('https://example.com/', { method: 'POST', headers, body: BODY });
  const shouted = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]),
  );
  for (const [given, body] of [
    [headers, BODY],
    [headers, Buffer.from(BODY)],
    [new Headers(headers), new TextEncoder().encode(BODY)],
    [shouted, BODY],
    [null, request()],
    [headers, request()],
  ] as const)
    expect(await verifyWebhook(SECRET, given, body)).toEqual(JSON.parse(BODY));
  expect(await verifyWebhook(SECRET.replace('whsec_', ''), headers, BODY)).toEqual(JSON.parse(BODY));
});

test('what the reference sender signs is believed by ours', async () => {
  for (const bytes of [24, 25, 32, 64]) {
    const secret = `whsec_${randomBytes(bytes).toString('base64')}`;
    for (const data of [{}, { text: 'é'.repeat(1000) }, { text: '\u2028\u0000"' }]) {
      const body = JSON.stringify({ type: 'x', timestamp: 't', data });
      const headers = {
        'webhook-id': 'msg_2',
        'webhook-timestamp': String(Math.floor(NOW.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign('msg_2', NOW, body),
      };
      expect(await verifyWebhook(secret, headers, body)).toEqual(JSON.parse(body));
      expect(new Webhook(secret).verify(body, sent(body, [secret]))).toEqual(JSON.parse(body));
    }
  }
});

test('while a secret is replaced, any secret with any signature will do', async () => {
  const other = newWebhookSecret();
  const both = sent(BODY, [other, SECRET]);
  expect(both['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secrets of [SECRET, other, [other, SECRET], [newWebhookSecret(), SECRET]])
    expect(await verifyWebhook(secrets, both, BODY)).toEqual(JSON.parse(BODY));
  await expect(verifyWebhook([newWebhookSecret()], both, BODY)).rejects.toEqual(
    refusal('no_matching_signature'),
  );
});

const good = sent();
const value = good['webhook-signature'] ?? '';
test.each<[string, Record<string, string>, string, WebhookVerificationCode]>([
  ['another body', good, BODY.replace('a', 'b'), 'no_matching_signature'],
  [
    'the same JSON written otherwise',
    good,
    JSON.stringify(JSON.parse(BODY), null, 2),
    'no_matching_signature',
  ],
  ['nothing', good, '', 'no_matching_signature'],
  ['another id', { ...good, 'webhook-id': 'msg_2' }, BODY, 'no_matching_signature'],
  [
    'another moment',
    { ...good, 'webhook-timestamp': String(Number(good['webhook-timestamp']) - 1) },
    BODY,
    'no_matching_signature',
  ],
  ['another secret', sent(BODY, [newWebhookSecret()]), BODY, 'no_matching_signature'],
  [
    'another version',
    { ...good, 'webhook-signature': value.replace('v1,', 'v2,') },
    BODY,
    'no_matching_signature',
  ],
  ['no version', { ...good, 'webhook-signature': value.replace('v1,', '') }, BODY, 'no_matching_signature'],
  ['half a signature', { ...good, 'webhook-signature': value.slice(0, 20) }, BODY, 'no_matching_signature'],
  ['no base64', { ...good, 'webhook-signature': 'v1,%%%' }, BODY, 'no_matching_signature'],
  ['an empty signature', { ...good, 'webhook-signature': 'v1,' }, BODY, 'no_matching_signature'],
  ['no signature', { ...good, 'webhook-signature': '' }, BODY, 'missing_header'],
  ['no headers', {}, BODY, 'missing_header'],
  ['a moment in words', { ...good, 'webhook-timestamp': 'now' }, BODY, 'invalid_timestamp'],
  ['a negative moment', { ...good, 'webhook-timestamp': '-1' }, BODY, 'invalid_timestamp'],
])('%s is refused', async (_what, headers, body, code) => {
  await expect(verifyWebhook(SECRET, headers, body)).rejects.toEqual(refusal(code));
});

test('what is replayed late, or dated ahead, is refused; what is in between is not', async () => {
  const at = (seconds: number) => ({ now: new Date(NOW.getTime() + seconds * 1000) });
  await expect(verifyWebhook(SECRET, good, BODY, at(301))).rejects.toEqual(refusal('too_old'));
  await expect(verifyWebhook(SECRET, good, BODY, at(-302))).rejects.toEqual(refusal('too_new'));
  for (const seconds of [-299, 0, 299]) await verifyWebhook(SECRET, good, BODY, at(seconds));
  const options = { ...at(60), toleranceSeconds: 30 };
  await expect(verifyWebhook(SECRET, good, BODY, options)).rejects.toEqual(refusal('too_old'));
});

test('a body that a framework has parsed, or read, is refused in words', async () => {
  const parsed = JSON.parse(BODY) as string;
  await expect(verifyWebhook(SECRET, good, parsed)).rejects.toEqual(refusal('body_not_raw'));
  const request = new Request('https://example.com/', { method: 'POST', headers: good, body: BODY });
  await request.text();
  await expect(verifyWebhook(SECRET, null, request)).rejects.toEqual(refusal('body_not_raw'));
});

test.each(['whsec_', '', 'whsec_%%%'])('the secret %j is none', async (secret) => {
  await expect(verifyWebhook(secret, good, BODY)).rejects.toEqual(refusal('invalid_secret'));
});

test('without a secret nothing is believed', async () => {
  await expect(verifyWebhook([], good, BODY)).rejects.toEqual(refusal('no_matching_signature'));
});

test.each(['no JSON', '"text"', 'null', '{"type":"x"}'])(
  '%s is no event although it is signed',
  async (body) => {
    await expect(verifyWebhook(SECRET, sent(body), body)).rejects.toEqual(refusal('invalid_body'));
  },
);
