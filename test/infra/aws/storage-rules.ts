import { allOf, at, each, type Inputs, list, notIn, parsed, type Rule } from '../rules.ts';

const BLOCKS = ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'];

/** What each bucket has to have beside it, by the type of the resource. */
const BESIDE = [
  'BucketPublicAccessBlock',
  'BucketOwnershipControls',
  'BucketServerSideEncryptionConfiguration',
  'BucketLifecycleConfiguration',
  'BucketPolicy',
];

const complete: Rule = (resources) =>
  allOf(resources, 'Bucket').flatMap(({ name }) =>
    BESIDE.filter(
      (type) => !allOf(resources, type).some(({ inputs }) => inputs.bucket === `${name}-1a2b3c4`),
    ).map((type) => `Bucket ${name}: has no ${type}`),
  );

const onlyOne: Rule = (resources) =>
  [...BESIDE, 'BucketNotification'].flatMap((type) => {
    const buckets = allOf(resources, type).map(({ inputs }) => inputs.bucket);
    return buckets
      .filter((bucket, i) => buckets.indexOf(bucket) !== i)
      .map((bucket) => `${type} twice on ${bucket}`);
  });

const blocked = each('BucketPublicAccessBlock', (inputs) =>
  BLOCKS.map((block) => inputs[block] !== true && `${block} is ${inputs[block]}`),
);

const tlsOnly = each('BucketPolicy', (inputs) => [
  !list(parsed(inputs, 'policy'), 'Statement').some(
    ({ Effect, Principal, Condition }) =>
      Effect === 'Deny' && Principal === '*' && (Condition as Inputs | undefined)?.Bool !== undefined,
  ) && 'does not refuse plain HTTP',
]);

const nobodyElse = each('BucketPolicy', (inputs) =>
  list(parsed(inputs, 'policy'), 'Statement')
    .filter(({ Effect }) => Effect === 'Allow')
    .map(
      ({ Principal }) =>
        typeof (Principal as Inputs).Service !== 'string' && 'lets in more than a service of AWS',
    ),
);

const cors = each('BucketCorsConfiguration', (inputs, { name }) => [
  !name.endsWith('-sources') && 'browsers have nothing to do here',
  ...list(inputs, 'corsRules').flatMap((rule) => [
    !(rule.exposeHeaders as string[]).includes('ETag') && 'does not expose the ETag',
    ...(rule.allowedMethods as string[]).map(
      (method) => !['GET', 'PUT', 'HEAD', 'POST'].includes(method) && `allows ${method}`,
    ),
  ]),
]);

const READ_AT_ONCE = ['INTELLIGENT_TIERING', 'STANDARD_IA', 'GLACIER_IR'];

const lifecycles = each('BucketLifecycleConfiguration', (inputs, { name }) => [
  !name.endsWith('-logs') &&
    !list(inputs, 'rules').some((rule) => 'abortIncompleteMultipartUpload' in rule) &&
    'keeps forgotten multiparts',
  ...list(inputs, 'rules').flatMap((rule) => [
    !('filter' in rule) && `rule ${rule.id} has no filter`,
    !name.endsWith('-logs') && 'days' in at(rule, 'expiration') && `rule ${rule.id} deletes what is in use`,
    ...list(rule, 'transitions').map(
      ({ storageClass }) =>
        name.endsWith('-media') &&
        !READ_AT_ONCE.includes(String(storageClass)) &&
        `outputs go to ${storageClass}`,
    ),
  ]),
]);

const versioned: Rule = (resources) =>
  allOf(resources, 'Bucket')
    .filter(({ name }) => name.endsWith('-sources'))
    .filter(
      ({ name }) => !allOf(resources, 'BucketVersioning').some((versioning) => versioning.name === name),
    )
    .map(({ name }) => `Bucket ${name}: sources are not versioned`);

const database = each('Instance', (inputs) => [
  inputs.storageEncrypted !== true && 'is not encrypted',
  inputs.publiclyAccessible !== false && 'can be reached from outside',
  inputs.deletionProtection === true && inputs.skipFinalSnapshot !== false && 'goes without a last snapshot',
  notIn(inputs, 'engineVersion', ['17']),
  Number(inputs.backupRetentionPeriod) < 1 && 'has no backups',
]);

const isSet = (inputs: Inputs, parameter: string, to: string) =>
  list(inputs, 'parameters').some(({ name, value }) => name === parameter && value === to);

const family = each('ParameterGroup', (inputs) => [
  notIn(inputs, 'family', ['postgres17']),
  !isSet(inputs, 'rds.force_ssl', '1') && 'takes connections without TLS',
]);

/** Postgres writes the values of a logged statement beside it, which are secrets too. */
const valuesLogged = each('ParameterGroup', (inputs) => [
  !isSet(inputs, 'log_parameter_max_length', '0') && 'logs what stands in the database',
]);

const distribution = each('Distribution', (inputs) => {
  const behaviors = [at(inputs, 'defaultCacheBehavior'), ...list(inputs, 'orderedCacheBehaviors')];
  return behaviors.flatMap((behavior) => [
    notIn(behavior, 'viewerProtocolPolicy', ['redirect-to-https', 'https-only']),
    behavior.cachePolicyId === undefined && 'a behavior has no cache policy',
  ]);
});

export const STORAGE_RULES: Readonly<Record<string, Rule>> = {
  'every bucket is complete': complete,
  'one policy, lifecycle and notification a bucket': onlyOne,
  'no bucket is public': blocked,
  'buckets take TLS only': tlsOnly,
  'buckets let in services of AWS alone': nobodyElse,
  'uploads work in browsers': cors,
  'nothing in use is deleted or out of reach': lifecycles,
  'sources are versioned': versioned,
  'the database is private, encrypted and backed up': database,
  'the database asks for TLS': family,
  'the log of the database has no values': valuesLogged,
  'playback is HTTPS and cached by policies': distribution,
};
