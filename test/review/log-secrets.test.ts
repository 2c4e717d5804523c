import { expect, test } from 'vitest';
import { redactText } from '#bootstrap/redaction.ts';

const RANDOM = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ';

test.each(['up_', 'ug_'])('a token that begins uploads or goes on with one is never logged: %s', (prefix) => {
  const text = redactText(`failed: /uppy/${prefix}${RANDOM}/s3/multipart`);
  expect(text).toBe(`failed: /uppy/${prefix}[redacted]/s3/multipart`);
});

// With its dots demanded, the pattern took 0.9 s for 16 kB of `-eyJ-eyJ-eyJ`.
test('a JWT is never logged: whole, or cut off anywhere', () => {
  for (const token of [
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl',
    'eyJhbGciOiJIUzI1NiJ9.',
    'eyJhbGciOiJI',
  ])
    expect(redactText(`sent ${token} today`)).toBe('sent [redacted token] today');
});
