import { rootCertificates } from 'node:tls';
import { isSecret, Output, output, runtime, secret } from '@pulumi/pulumi';

/** One resource as the program registered it; secrets are unwrapped, and `secretInputs` names where they stood. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly secretInputs: readonly string[];
}

export interface ShownOutput {
  readonly value: unknown;
  readonly isSecret: boolean;
}

export interface Recording {
  readonly resources: readonly Recorded[];
  readonly outputs: Readonly<Record<string, ShownOutput>>;
}

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
  databaseCaCert: rootCertificates[0] ?? '',
} as const;

const SECRET_MARK = '4dabf18193072939515e22adb298388d';
const ACCOUNT = '111122223333';
const REGION = 'eu-central-1';

/** What a real resource would answer beside its inputs. */
function stateOf(type: string, name: string): Record<string, unknown> {
  const kind = type.split(':').at(-1) ?? '';
  const arn = { arn: `arn:aws:any:${REGION}:${ACCOUNT}:${kind.toLowerCase()}/${name}` };
  switch (type) {
    // Two whose form the service looks at.
    case 'aws:iam/role:Role':
      return { arn: `arn:aws:iam::${ACCOUNT}:role/${name}`, name };
    case 'aws:mediaconvert/queue:Queue':
      return { arn: `arn:aws:mediaconvert:${REGION}:${ACCOUNT}:queues/${name}`, name };
  }
  switch (kind) {
    case 'Bucket':
      return {
        bucket: `${name}-1a2b3c4`,
        arn: `arn:aws:s3:::${name}-1a2b3c4`,
        bucketRegionalDomainName: `${name}-1a2b3c4.s3.${REGION}.amazonaws.com`,
      };
    case 'Distribution':
      return { ...arn, domainName: `d${name.length}.cloudfront.net` };
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
      return { ...arn, repositoryUrl: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${name}` };
    case 'Queue':
      return { ...arn, name, url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}` };
    case 'UserPool':
      return { ...arn, endpoint: `cognito-idp.${REGION}.amazonaws.com/${name}` };
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

/** Runs the whole program of a stack under mocks and waits until everything is registered. */
export async function record(
  config: Readonly<Record<string, string>>,
  stacks: Readonly<Record<string, Recording>> = {},
): Promise<Recording> {
  const resources: Recorded[] = [];
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        if (type === 'pulumi:pulumi:StackReference') return reference(name, stacks[inputs.name]);
        const plain = unwrapped(inputs) as Record<string, unknown>;
        const secretInputs = Object.keys(inputs).filter((key) => hasSecret(inputs[key]));
        // Components hold nothing themselves.
        if (!type.startsWith('sluice:')) resources.push({ type, name, inputs: plain, secretInputs });
        return { id: `${name}-id`, state: { ...stateOf(type, name), ...inputs } };
      },
      call: ({ token }) => answerOf(token),
    },
    'sluice',
    'aws',
    false,
    'organization',
  );
  const all = Object.entries({ ...SECRETS, ...config });
  runtime.setAllConfig(
    { ...Object.fromEntries(all.map(([key, value]) => [`sluice:${key}`, value])), 'aws:region': REGION },
    Object.keys(SECRETS).map((key) => `sluice:${key}`),
  );
  const { default: deploy } = await import('#infra/index.ts');
  const returned = await deploy();
  await runtime.disconnect();
  const outputs = await Promise.all(
    Object.entries(returned).map(async ([name, value]) => [name, await shown(value)] as const),
  );
  return { resources, outputs: Object.fromEntries(outputs) };
}

function reference(name: string, stack: Recording | undefined) {
  const entries = Object.entries(stack?.outputs ?? {});
  return {
    id: name,
    state: {
      name,
      outputs: Object.fromEntries(
        entries.map(([key, { value, isSecret: hidden }]) => [key, hidden ? secret(value) : value]),
      ),
      secretOutputNames: entries.filter(([, each]) => each.isSecret).map(([key]) => key),
    },
  };
}

async function shown(value: unknown): Promise<ShownOutput> {
  const wrapped: Output<unknown> = Output.isInstance(value) ? value : output(value);
  const known = await new Promise((resolve) => {
    wrapped.apply((each) => resolve(each));
  });
  return { value: known, isSecret: await isSecret(wrapped) };
}

function hasSecret(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false;
  return SECRET_MARK in value || Object.values(value).some(hasSecret);
}

function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (value === null || typeof value !== 'object') return value;
  if (SECRET_MARK in value) return unwrapped((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unwrapped(each)]));
}
