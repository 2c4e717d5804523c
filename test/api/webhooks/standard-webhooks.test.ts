import { expect, test } from 'vitest';
import { isSignedBy } from '#api/webhooks/standard-webhooks.ts';
import { signatureOf } from '#domain/notifications/webhook-secret.ts';

// The example of the Standard Webhooks specification ("Symmetric", its test vector).
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BODY = '{"test": 2432232314}';
const VECTOR = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const THEN = new Date(1614265330 * 1000);
const minutesLater = (minutes: number) => new Date(THEN.getTime() + minutes * 60_000);
const check = (headers: object, body = BODY, now = THEN, secret = SECRET) =>
  isSignedBy(secret, { ...VECTOR, ...headers }, Buffer.from(body), now);

test("the specification's own example is genuine", () => {
  expect(check({})).toBe(true);
});

test('one right signature among several is enough, as secrets are rotated', () => {
  const wrong = `v1,${Buffer.alloc(32).toString('base64')}`;
  expect(check({ signature: `${wrong} v1a,xx ${VECTOR.signature}` })).toBe(true);
  expect(check({ signature: wrong })).toBe(false);
});

test('the prefix of the secret may be left out', () => {
  expect(check({}, BODY, THEN, SECRET.slice('whsec_'.length))).toBe(true);
});

test('another body, id, time or secret is not genuine', () => {
  expect(check({}, `${BODY} `)).toBe(false);
  expect(check({ id: 'msg_other' })).toBe(false);
  expect(check({ timestamp: '1614265331' })).toBe(false);
  expect(check({}, BODY, THEN, 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA')).toBe(false);
});

test('five minutes on either side are let through, not more', () => {
  expect(check({}, BODY, minutesLater(5))).toBe(true);
  expect(check({}, BODY, minutesLater(-5))).toBe(true);
  expect(check({}, BODY, minutesLater(5.1))).toBe(false);
  expect(check({}, BODY, minutesLater(-5.1))).toBe(false);
});

test.each([
  [{ id: undefined }],
  [{ timestamp: undefined }],
  [{ signature: undefined }],
  [{ signature: '' }],
  [{ signature: 'v1' }],
  [{ signature: 'v1,' }],
  [{ signature: VECTOR.signature.replace('v1,', 'v2,') }],
  [{ signature: VECTOR.signature.replace('v1,', '') }],
  [{ timestamp: '1614265330.5' }],
  [{ timestamp: 'Infinity' }],
  [{ timestamp: '-1' }],
])('headers with %j are refused', (headers) => {
  expect(check(headers)).toBe(false);
});

test('a secret that holds nothing signs nothing', () => {
  expect(() => signatureOf('whsec_', VECTOR, Buffer.from(BODY))).toThrow(/secret/);
});
