import { beforeAll, expect, test } from 'vitest';
import { commandsSent } from '../aws/service-calls.ts';
import type { Recorded } from '../recording.ts';
import { allOf, list } from '../rules.ts';
import { CONFIG, record } from './recording.ts';

/** A key of Spaces names buckets; what it may there is objects and their listing, or all of Spaces. */
const OF_OBJECTS = [
  'HeadObjectCommand',
  'GetObjectCommand',
  'PutObjectCommand',
  'DeleteObjectsCommand',
  'CopyObjectCommand',
  'UploadPartCopyCommand',
  'CreateMultipartUploadCommand',
  'UploadPartCommand',
  'CompleteMultipartUploadCommand',
  'AbortMultipartUploadCommand',
  'ListPartsCommand',
  'ListMultipartUploadsCommand',
  'ListObjectsV2Command',
  'HeadBucketCommand',
];
/** What else the adapters send, each with why no key of the service may do it. */
const WITHHELD: Readonly<Record<string, string>> = {
  CreateBucketCommand: 'the stack makes the buckets',
  GetBucketCorsCommand: 'of the bucket, not of its objects: a notice at start says what to run',
  PutBucketCorsCommand: 'the stack sets what the service looks for (cors.test.ts)',
  RestoreObjectCommand: 'Spaces archive nothing',
  CreateInvalidationCommand: 'CloudFront',
  CreateJobCommand: 'MediaConvert',
  GetJobCommand: 'MediaConvert',
  ListJobsCommand: 'MediaConvert',
  CancelJobCommand: 'MediaConvert',
};

/** Which buckets each kind of key reaches, beside the name of its region. */
const REACH: Readonly<Record<string, readonly string[]>> = {
  service: ['sources', 'media'],
  coconut: ['media'],
};

/** A line for each key that reaches more, less or other than it has to. */
function faultsOf(resources: readonly Recorded[]): string[] {
  return allOf(resources, 'SpacesKey').flatMap(({ name, inputs }) => {
    const [, region = '', who = ''] = /^(.+)-([a-z]+)$/.exec(name) ?? [];
    const reached = list(inputs, 'grants').map(({ bucket, permission }) => `${permission} ${bucket}`);
    const kinds = REACH[who];
    const meant =
      who === 'stack' ? ['fullaccess '] : (kinds ?? []).map((kind) => `readwrite ${region}-${kind}-1a2b3c4`);
    return [
      ...(kinds === undefined && who !== 'stack' ? [`${name}: nobody knows whose it is`] : []),
      ...(reached.sort().join() === [...meant].sort().join() ? [] : [`${name}: ${reached.join(', ')}`]),
    ];
  });
}

let one: readonly Recorded[];
let two: readonly Recorded[];
beforeAll(async () => {
  ({ resources: one } = await record(CONFIG));
  ({ resources: two } = await record({ ...CONFIG, secondRegion: 'tor1', domain: 'api.example.com' }));
});

test('each key reaches the buckets of its region that its holder comes to, and no others', () => {
  expect(faultsOf(one)).toEqual([]);
  expect(faultsOf(two)).toEqual([]);
  expect(allOf(one, 'SpacesKey')).toHaveLength(3);
  expect(allOf(two, 'SpacesKey')).toHaveLength(4);
});

test('the key that may do everything is of the stack alone, and no process gets it', () => {
  const shown = (resources: readonly Recorded[], type: string) => JSON.stringify(allOf(resources, type));
  for (const resources of [one, two]) {
    expect(shown(resources, 'App')).toContain('secret-key-of-sluice-production-service');
    expect(shown(resources, 'App')).not.toContain('secret-key-of-sluice-production-stack');
    expect(shown(resources, 'App')).not.toContain('DO00-sluice-production-stack');
  }
});

test('every command that the adapters send is one of objects, or is known to be withheld', () => {
  expect([...commandsSent()].sort()).toEqual([...OF_OBJECTS, ...Object.keys(WITHHELD)].sort());
});

test.each<readonly [string, string, readonly { bucket: string; permission: string }[]]>([
  [
    'a bucket of another region',
    '-service',
    [{ bucket: 'sluice-production-tor1-media-1a2b3c4', permission: 'readwrite' }],
  ],
  ['every bucket', '-service', [{ bucket: '', permission: 'fullaccess' }]],
  ['sources by Coconut', '-coconut', [{ bucket: 'sluice-production-sources-1a2b3c4', permission: 'read' }]],
  ['nothing', '-coconut', []],
])('a key that reaches %s is told', (_, end, grants) => {
  const tampered = one.map((each) =>
    each.type.endsWith(':SpacesKey') && each.name.endsWith(end)
      ? { ...each, inputs: { ...each.inputs, grants } }
      : each,
  );
  expect(faultsOf(tampered)).toHaveLength(1);
});

test('a key of nobody is told', () => {
  const [first] = allOf(one, 'SpacesKey');
  expect(first && faultsOf([{ ...first, name: 'sluice-production-backup' }])).not.toEqual([]);
});
