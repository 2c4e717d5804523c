import type { Recorded } from '../recording.ts';
import { allOf, notIn, type Rule } from '../rules.ts';
import { kept, nothingKept } from '../shared-rules.ts';

/** What a bucket has of its own: one that stays stays private, encrypted and versioned. */
const OF_BUCKETS = [
  'BucketPublicAccessBlock',
  'BucketOwnershipControls',
  'BucketServerSideEncryptionConfiguration',
  'BucketVersioning',
  'BucketCorsConfiguration',
  'BucketLifecycleConfiguration',
  'BucketNotification',
  'BucketPolicy',
];

/** What cannot be made again, or not under the name that others know. */
const DATA = [
  'Bucket',
  ...OF_BUCKETS,
  'Distribution',
  'Instance',
  'InstanceAutomatedBackupsReplication',
  'Key',
  'UserPool',
];

/** Members by which AWS itself refuses to delete what is not empty or not released; the first word keeps, the other lets go. */
const LOCKS = [
  ['Bucket', 'forceDestroy', false, true],
  ['Instance', 'deletionProtection', true, false],
  ['Instance', 'skipFinalSnapshot', false, true],
  ['Repository', 'forceDelete', false, true],
  ['UserPool', 'deletionProtection', 'ACTIVE', 'INACTIVE'],
] as const;

const locked =
  (isKept: boolean): Rule =>
  (resources) =>
    LOCKS.flatMap(([kind, member, keeps, lets]) =>
      allOf(resources, kind).flatMap(({ name, inputs }) => {
        const fault = notIn(inputs, member, [isKept ? keeps : lets]);
        return fault ? [`${kind} ${name}: ${fault}`] : [];
      }),
    );

/** What holds for the data of a stack by its `protectData`: it stays, or all of it goes by one `pulumi destroy`. */
export function dataRule(isKept: boolean): Rule {
  const outlives = isKept ? kept(DATA) : nothingKept;
  // CloudFront before the API goes and comes with it.
  const ofApi = (resource: Recorded) => isKept && resource.parent === 'sluice:aws:ApiDistribution';
  return (resources) => [
    ...outlives(resources.filter((resource) => !ofApi(resource))),
    ...nothingKept(resources.filter(ofApi)),
    ...locked(isKept)(resources),
  ];
}
