import { expect, test } from 'vitest';
import { createdObjects } from '#api/webhooks/storage-events.ts';

const fromEventBridge = (detail: object = {}, envelope: object = {}) => ({
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'Object Created',
  source: 'aws.s3',
  detail: {
    version: '0',
    bucket: { name: 'sources' },
    object: { key: 'staging/a b+c%2F/é.mp4', size: 5, etag: 'x', sequencer: '0062' },
    reason: 'PutObject',
    ...detail,
  },
  ...envelope,
});

const record = (eventName: string, key: string) => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  eventName,
  s3: { s3SchemaVersion: '1.0', bucket: { name: 'sources' }, object: { key, size: 5, eTag: 'x' } },
});

test('EventBridge gives the key as it is', () => {
  expect(createdObjects(fromEventBridge())).toEqual([
    { bucket: 'sources', key: 'staging/a b+c%2F/é.mp4', isCopy: false },
  ]);
});

test('notifications give the key as a URL does, each record of them', () => {
  const body = {
    EventName: 's3:ObjectCreated:Put',
    Records: [
      record('ObjectCreated:Put', 'staging/a+b%2Bc%252F/%C3%A9.mp4'),
      record('s3:ObjectCreated:CompleteMultipartUpload', 'archives%2Fx'),
      record('ObjectRemoved:Delete', 'gone'),
      record('ObjectCreated:Put', '%E9'),
    ],
  };
  expect(createdObjects(body)).toEqual([
    { bucket: 'sources', key: 'staging/a b+c%2F/é.mp4', isCopy: false },
    { bucket: 'sources', key: 'archives/x', isCopy: false },
  ]);
});

test('copies are told apart, for they are ours', () => {
  expect(createdObjects(fromEventBridge({ reason: 'CopyObject' }))).toMatchObject([{ isCopy: true }]);
  expect(createdObjects({ Records: [record('ObjectCreated:Copy', 'a')] })).toMatchObject([{ isCopy: true }]);
});

test('several events may come at once', () => {
  expect(createdObjects([fromEventBridge(), { Records: [record('ObjectCreated:Put', 'a')] }])).toHaveLength(
    2,
  );
});

test.each([
  ['a test message', { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'sources' }],
  ['another detail type', fromEventBridge({}, { 'detail-type': 'Object Deleted' })],
  ['another source', fromEventBridge({}, { source: 'aws.mediaconvert' })],
  ['no key', fromEventBridge({ object: {} })],
  ['a key that is no text', fromEventBridge({ object: { key: 5 } })],
  ['records that are none', { Records: 'x' }],
  ['a record of nothing', { Records: [null, {}, 5] }],
  ['nothing', {}],
  ['null', null],
  ['a list of nothing', [null, 5, []]],
])('%s is passed over', (_, body) => {
  expect(createdObjects(body)).toEqual([]);
});
