import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createLogger } from '#bootstrap/logger.ts';
import { redactText } from '#bootstrap/redaction.ts';

/** The lines that a log writes. */
function record(level: 'debug' | 'info' | 'silent' = 'info') {
  const lines: string[] = [];
  const log = createLogger({ LOG_LEVEL: level }, { write: (line: string) => void lines.push(line) });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') };
}

const UPLOAD_TOKEN = `up_${createHash('sha256').update('u').digest('base64url')}`;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
const PRESIGNED =
  'https://b.s3.eu-central-1.amazonaws.com/uploads/v/s/source.mp4?partNumber=3&uploadId=abc&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
  '&X-Amz-Credential=AKIAEXAMPLE%2F20261121&X-Amz-Signature=0f3c9d';
const SECRETS = [
  '0f3c9d',
  'AKIAEXAMPLE',
  UPLOAD_TOKEN.slice(3),
  'c2lnbmF0dXJl',
  'hunter2',
  'c2VjcmV0LW9mLXdlYmhvb2s',
];

test('a line is JSON with level, time, message and fields', () => {
  const { log, last } = record();
  log.warn({ videoId: 'v1', size: 12n }, 'slow');
  expect(last()).toMatchObject({ level: 'warn', message: 'slow', videoId: 'v1', size: '12' });
  expect(Number.isNaN(Date.parse(last().time))).toBe(false);
});

test('no secret reaches the log, wherever it stands', () => {
  const { log, lines } = record();
  const cause = new Error(`GET ${PRESIGNED} failed`);
  const error = Object.assign(new Error(`refused ${JWT} and ${UPLOAD_TOKEN}`, { cause }), {
    config: { headers: { Authorization: 'Basic aHVudGVyMjpodW50ZXIy', cookie: 'session=hunter2' } },
  });
  log.error({ err: error }, `uploading to ${PRESIGNED}`);
  log.info({ request: { headers: { authorization: `Bearer ${JWT}`, 'x-url': [PRESIGNED] } } }, 'request');
  log.info(
    { url: 'postgres://sluice:hunter2@db:5432/x', accessToken: 'hunter2' },
    'whsec_c2VjcmV0LW9mLXdlYmhvb2s=',
  );
  log.info({ stderr: 'X-Amz-Signature%3D0f3c9d x-amz-signature=0f3c9d&a=1' }, `Bearer ${UPLOAD_TOKEN}`);
  const text = lines.join('');
  for (const secret of SECRETS) expect(text).not.toContain(secret);
  expect(text).toContain('/uploads/v/s/source.mp4?[redacted]');
  expect(text).toContain('logger.test.ts');
});

test('ordinary text stays as it is', () => {
  for (const text of [
    'video 0197c0de-0000-7000-8000-000000000001 is READY after 3.2 s',
    'https://video.example.com/media/videos/v/hls/abc/master.m3u8?t=3',
    'https://video.example.com/api/videos?limit=20&cursor=abc',
    'mail to ops@example.com about sign_up_form',
  ]) {
    expect(redactText(text)).toBe(text);
  }
});

test('what goes in circles or is huge does not stop the log', () => {
  const { log, last } = record();
  const loop: Record<string, unknown> = { name: 'loop' };
  loop.self = loop;
  log.info({ loop, bytes: new Uint8Array(5), text: 'x'.repeat(100_000), list: Array(5000).fill(1) }, 'odd');
  expect(last()).toMatchObject({ message: 'odd', bytes: '[5 bytes]', loop: { name: 'loop' } });
  expect(JSON.stringify(last()).length).toBeLessThan(20_000);
});

test('hostile text is cleaned in linear time', () => {
  for (const part of ['?', '?X-Amz-', 'a://', 'eyJaaaaaaaa.', 'Bearer ', 'secret=', 'up_', 'a'.repeat(40)]) {
    redactText(part.repeat(16_000 / part.length));
  }
});

test('less important lines than LOG_LEVEL are not written', () => {
  const { log, lines } = record('info');
  log.debug({}, 'detail');
  expect(lines).toEqual([]);
  const quiet = record('silent');
  quiet.log.error({}, 'x');
  expect(quiet.lines).toEqual([]);
});
