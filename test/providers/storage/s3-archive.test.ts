import { buffer } from 'node:stream/consumers';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { s3ObjectStore } from '#providers/storage/s3-object-store.ts';

// Amazon S3's own answers: only its archives can be asked to give objects back.
const HOST = 'https://films.s3.eu-central-1.amazonaws.com';
const KEY = 'uploads/1/2/source.mp4';
const BASE = { 'content-length': '9', etag: '"abc"', 'last-modified': 'Sat, 21 Nov 2026 19:00:00 GMT' };
const GLACIER = { 'x-amz-storage-class': 'GLACIER' };
const TIERED = { 'x-amz-storage-class': 'INTELLIGENT_TIERING' };
const ASKED = { 'x-amz-restore': 'ongoing-request="true"' };
const RESTORED = {
  'x-amz-restore': 'ongoing-request="false", expiry-date="Sat, 28 Nov 2026 00:00:00 GMT"',
};

const store = s3ObjectStore({
  region: 'eu-central-1',
  bucket: 'films',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'none' },
  limits: { attempts: 1 },
});

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const standing = (headers: Record<string, string>) =>
  nock(HOST)
    .head(`/${KEY}`)
    .reply(200, '', { ...BASE, ...headers });
const s3Error = (code: string, more = '') =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>said S3</Message>${more}</Error>`;
const XML = { 'content-type': 'application/xml' };

/** Answers RestoreObject, and keeps what it was asked. */
function restoring(status: number, body = ''): string[] {
  const asked: string[] = [];
  nock(HOST)
    .post(`/${KEY}`, (sent) => asked.push(String(sent)) > 0)
    .query((query) => 'restore' in query)
    .reply(status, body, XML);
  return asked;
}

describe('HEAD tells how an object stands', () => {
  test.each([
    ['in no archive', {}, undefined],
    ['in a class that is read at once', { 'x-amz-storage-class': 'GLACIER_IR' }, undefined],
    ['in Glacier', GLACIER, 'archived'],
    ['in the deep archive', { 'x-amz-storage-class': 'DEEP_ARCHIVE' }, 'archived'],
    ['in Glacier, on its way', { ...GLACIER, ...ASKED }, 'restoring'],
    ['in Glacier, with a copy to read', { ...GLACIER, ...RESTORED }, undefined],
    ['tiered, near', TIERED, undefined],
    ['tiered, far', { ...TIERED, 'x-amz-archive-status': 'ARCHIVE_ACCESS' }, 'archived'],
    [
      'tiered, on its way',
      { ...TIERED, 'x-amz-archive-status': 'DEEP_ARCHIVE_ACCESS', ...ASKED },
      'restoring',
    ],
  ])('%s', async (_name, headers, archive) => {
    standing(headers);
    expect((await store.head(KEY)).archive).toBe(archive);
  });
});

test('reading what is archived has a code of its own, and is not tried again', async () => {
  nock(HOST)
    .get(`/${KEY}`)
    .query(true)
    .reply(403, s3Error('InvalidObjectState', '<StorageClass>GLACIER</StorageClass>'), XML);
  await expect(store.get(KEY)).rejects.toMatchObject({
    name: 'StorageError',
    code: 'object_archived',
    message: `object ${KEY} of bucket films is archived and has to be restored before it can be read`,
  });
});

test('what can be read is read as before', async () => {
  nock(HOST)
    .get(`/${KEY}`)
    .query(true)
    .reply(200, 'the bytes', { ...BASE, ...GLACIER, ...RESTORED });
  expect((await buffer((await store.get(KEY)).body)).toString()).toBe('the bytes');
});

describe('restore', () => {
  test('asks Glacier for a copy that stays for the days given', async () => {
    standing(GLACIER);
    const asked = restoring(202);
    expect(await store.restore(KEY, { days: 7 })).toBe('restoring');
    expect(asked.join()).toContain('<Days>7</Days>');
    expect(asked.join()).toContain('<Tier>Standard</Tier>');
  });

  test('asks Intelligent-Tiering without days, with which it would refuse', async () => {
    standing({ ...TIERED, 'x-amz-archive-status': 'ARCHIVE_ACCESS' });
    const asked = restoring(202);
    expect(await store.restore(KEY, { days: 7 })).toBe('restoring');
    expect(asked.join()).not.toContain('Days');
  });

  test.each([
    ['is on its way', { ...GLACIER, ...ASKED }, 'restoring'],
    ['can be read', {}, undefined],
    ['has a copy to read', { ...GLACIER, ...RESTORED }, undefined],
  ])('asks for nothing when the object %s', async (_name, headers, state) => {
    standing(headers);
    expect(await store.restore(KEY, { days: 7 })).toBe(state);
  });

  test.each([
    [409, 'RestoreAlreadyInProgress'],
    [403, 'ObjectAlreadyInActiveTierError'],
  ])('takes %i %s for the answer that it wants', async (status, code) => {
    standing(GLACIER);
    restoring(status, s3Error(code));
    expect(await store.restore(KEY, { days: 7 })).toBe('restoring');
  });

  test.each([
    [501, 'NotImplemented', 'restore_unsupported'],
    [405, 'MethodNotAllowed', 'restore_unsupported'],
    [403, 'AccessDenied', 'access_refused'],
  ])('%i %s is %s', async (status, said, code) => {
    standing(GLACIER);
    restoring(status, s3Error(said));
    await expect(store.restore(KEY, { days: 7 })).rejects.toMatchObject({ name: 'StorageError', code });
  });
});
