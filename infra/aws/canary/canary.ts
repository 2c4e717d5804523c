import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  jsonStringify,
  type Output,
  output,
} from '@pulumi/pulumi';
import type { Grant } from '../access/policies.ts';
import { arnOf, type Place, serviceRole } from '../access/role.ts';
import { PrivateBucket } from '../storage/bucket.ts';
import { bucketPolicy, tlsOnly } from '../storage/bucket-policy.ts';
import { CANARY_HANDLER, CANARY_RUNS, CANARY_RUNTIME, canaryCode } from './code.ts';

/** What runs leave is kept as long as somebody may ask. */
const RUNS_KEPT_DAYS = 31;
/** Of the bucket: what runs write, which goes by age, and the script, which does not. */
const RUNS = 'runs';
const CODE = 'code';

/**
 * Its name at AWS. The Lambda function takes it between `cwsyn-` and a UUID, 64 characters in all: 21 are left, of which the
 * name of an environment may be 15. So it does not begin as everything else does.
 */
export function canaryNameOf(environment: string): string {
  return `${environment}-probe`;
}

export interface CanaryArgs {
  readonly environment: string;
  /** Of the API, known when it runs. */
  readonly apiUrl: Input<string>;
  /** What it calls the API with; a secret. */
  readonly token: Output<string>;
  readonly place: Place;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Opens an upload every few minutes, as a client would, up to the storage that takes a part by its signed URL; success and
 * latency are metrics of CloudWatch Synthetics. What it makes belongs to an owner of its own.
 */
export class Canary extends ComponentResource {
  /** Its dimension in metrics. */
  readonly canaryName: Output<string>;

  constructor(name: string, args: CanaryArgs, options?: ComponentResourceOptions) {
    super('sluice:aws:Canary', name, {}, options);
    const child = { parent: this };
    const { place, tags } = args;
    const canaryName = canaryNameOf(args.environment);
    const store = storeOf(`${name}-canary-logs`, tags, child);
    const script = scriptIn(`${name}-canary`, store.bucket, tags, child);
    const secret = tokenSecret(`${name}-canary`, args.token, tags, child);
    const role = serviceRole(
      `${name}-canary`,
      {
        service: 'lambda.amazonaws.com',
        place,
        grants: canaryGrants({ canaryName, secretArn: secret.arn, bucketArn: store.arn, place }),
        tags,
      },
      child,
    );
    const canary = new aws.synthetics.Canary(
      `${name}-canary`,
      {
        name: canaryName,
        runtimeVersion: CANARY_RUNTIME,
        handler: CANARY_HANDLER,
        s3Bucket: script.bucket,
        s3Key: script.key,
        artifactS3Location: interpolate`s3://${store.bucket}/${RUNS}`,
        artifactConfig: { s3Encryption: { encryptionMode: 'SSE_S3' } },
        executionRoleArn: role.arn,
        schedule: { expression: `rate(${CANARY_RUNS.everyMinutes} minutes)`, durationInSeconds: 0 },
        runConfig: {
          timeoutInSeconds: CANARY_RUNS.timeoutSeconds,
          memoryInMb: CANARY_RUNS.memoryMib,
          activeTracing: false,
          environmentVariables: { API_URL: args.apiUrl, TOKEN_SECRET_ARN: secret.arn },
        },
        startCanary: true,
        // Its function is AWS's own making: without this it stays when the canary goes.
        deleteLambda: true,
        successRetentionPeriod: RUNS_KEPT_DAYS,
        failureRetentionPeriod: RUNS_KEPT_DAYS,
        tags,
      },
      { ...child, dependsOn: secret.version },
    );
    this.canaryName = canary.name;
    this.registerOutputs({ canaryName: this.canaryName });
  }
}

/**
 * What a canary's role needs without a VPC, keys of its own or tracing, narrowed to this one:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_CanaryPermissions.html
 */
function canaryGrants({
  canaryName,
  secretArn,
  bucketArn,
  place,
}: {
  canaryName: string;
  secretArn: Output<string>;
  bucketArn: Output<string>;
  place: Place;
}): Grant[] {
  return [
    { actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] },
    { actions: ['s3:PutObject', 's3:GetObject'], resources: [interpolate`${bucketArn}/${RUNS}/*`] },
    { actions: ['s3:GetBucketLocation'], resources: [bucketArn] },
    { actions: ['s3:ListAllMyBuckets'], resources: ['*'] },
    {
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [arnOf(place, 'logs', `log-group:/aws/lambda/cwsyn-${canaryName}-*`)],
    },
    {
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      condition: { StringEquals: { 'cloudwatch:namespace': 'CloudWatchSynthetics' } },
    },
  ];
}

/** A bucket of its own, which goes with the application: nothing in it is worth keeping. */
function storeOf(
  name: string,
  tags: Readonly<Record<string, string>>,
  child: { parent: ComponentResource },
): { bucket: Output<string>; arn: Output<string> } {
  const store = new PrivateBucket(
    name,
    {
      isVersioned: false,
      cors: null,
      lifecycleRules: [
        {
          id: 'drop-old-runs',
          status: 'Enabled',
          filter: { prefix: `${RUNS}/` },
          expiration: { days: RUNS_KEPT_DAYS },
        },
      ],
      isDisposable: true,
      tags,
    },
    child,
  );
  const policy = bucketPolicy(name, store.bucket, [tlsOnly(store.arn)], { parent: store });
  return { bucket: policy.bucket, arn: store.arn };
}

/** The script under a key that names its content, so that another script is another key, and the canary takes it. */
function scriptIn(
  name: string,
  bucket: Output<string>,
  tags: Readonly<Record<string, string>>,
  child: { parent: ComponentResource },
): aws.s3.BucketObjectv2 {
  const { zip, hash } = output(canaryCode().then((code) => ({ ...code, zip: code.zip.toString('base64') })));
  return new aws.s3.BucketObjectv2(
    name,
    {
      bucket,
      key: interpolate`${CODE}/${hash}.zip`,
      contentBase64: zip,
      contentType: 'application/zip',
      tags,
    },
    child,
  );
}

/** A secret of its own: the service's holds what could sign for anybody. */
function tokenSecret(
  name: string,
  token: Output<string>,
  tags: Readonly<Record<string, string>>,
  child: { parent: ComponentResource },
): { arn: Output<string>; version: aws.secretsmanager.SecretVersion } {
  const secret = new aws.secretsmanager.Secret(
    name,
    { description: 'Bearer token of the canary', recoveryWindowInDays: 0, tags },
    child,
  );
  const version = new aws.secretsmanager.SecretVersion(
    name,
    { secretId: secret.id, secretString: jsonStringify({ token }) },
    child,
  );
  return { arn: secret.arn, version };
}
