import { secret } from '@pulumi/pulumi';
import { recorderOf } from '../recording.ts';

/** What the secrets of the stack are; none of them may be seen anywhere else. */
export const SECRETS = {
  databasePassword: 'database-password-1',
  webhookSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  storageWebhookSecret: 'storage-webhook-secret-of-more-than-32-characters',
  jwtSecret: 'jwt-secret-that-is-longer-than-32-characters',
  transcoderWebhookSecret: 'transcoder-webhook-secret-longer-than-32',
  coconutApiKey: 'k-coconut-api-key',
} as const;

export const CONFIG = {
  cloud: 'aws',
  environment: 'production',
  image: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/sluice@sha256:${'0a'.repeat(32)}`,
  alarmEmail: 'ops@example.com',
} as const;

const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** What a real resource would answer beside its inputs. */
function stateOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  // What stands elsewhere than the stack says so itself.
  const region = typeof inputs.region === 'string' ? inputs.region : REGION;
  const kind = type.split(':').at(-1) ?? '';
  const arn = { arn: `arn:aws:any:${region}:${ACCOUNT}:${kind.toLowerCase()}/${name}` };
  switch (type) {
    // Two whose form the service looks at.
    case 'aws:iam/role:Role':
      return { arn: `arn:aws:iam::${ACCOUNT}:role/${name}`, name };
    case 'aws:mediaconvert/queue:Queue':
      return { arn: `arn:aws:mediaconvert:${region}:${ACCOUNT}:queues/${name}`, name };
  }
  switch (kind) {
    case 'Bucket':
      return {
        bucket: `${name}-1a2b3c4`,
        arn: `arn:aws:s3:::${name}-1a2b3c4`,
        bucketRegionalDomainName: `${name}-1a2b3c4.s3.${region}.amazonaws.com`,
      };
    case 'Distribution':
      return {
        arn: `arn:aws:cloudfront::${ACCOUNT}:distribution/${name}`,
        domainName: `d${name.length}.cloudfront.net`,
      };
    case 'LoadBalancer':
      return { ...arn, dnsName: `${name}.elb.amazonaws.com`, zoneId: 'Z1', arnSuffix: `app/${name}/1` };
    case 'TargetGroup':
      return { ...arn, arnSuffix: `targetgroup/${name}/1` };
    case 'Certificate':
      return {
        ...arn,
        domainValidationOptions: [
          {
            resourceRecordName: '_1.example.com',
            resourceRecordType: 'CNAME',
            resourceRecordValue: '_2.acm.aws',
          },
        ],
      };
    case 'Instance':
      return { ...arn, address: `${name}.rds.amazonaws.com`, identifier: name };
    case 'AccessKey':
      return { secret: secret(`secret-key-of-${name}`) };
    case 'SecretVersion':
      return { ...arn, versionId: 'v1' };
    case 'Repository':
      return { ...arn, repositoryUrl: `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/${name}` };
    case 'Queue':
      return { ...arn, name, url: `https://sqs.${region}.amazonaws.com/${ACCOUNT}/${name}` };
    case 'UserPool':
      return { ...arn, endpoint: `cognito-idp.${region}.amazonaws.com/${name}` };
    default:
      return { ...arn, name };
  }
}

function answerOf(token: string): Record<string, unknown> {
  if (token.endsWith('getCallerIdentity'))
    return { accountId: ACCOUNT, arn: 'arn', userId: 'u', id: ACCOUNT };
  if (token.endsWith('getRegion')) return { region: REGION, name: REGION, id: REGION };
  if (token.endsWith('getAvailabilityZones')) return { names: [`${REGION}a`, `${REGION}b`], id: REGION };
  return { id: 'pl-1' };
}

export const record = recorderOf({
  cloud: 'aws',
  secrets: SECRETS,
  providerConfig: { 'aws:region': REGION },
  stateOf,
  answerOf,
});
