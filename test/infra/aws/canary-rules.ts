import { canaryCode } from '#infra/aws/canary/code.ts';
import type { Recorded } from '../recording.ts';
import { allOf, at, each, type Inputs, list, notIn, outside, parsed, type Rule } from '../rules.ts';

const CODE = await canaryCode();

/**
 * Runtimes without a browser that are to be had, with Node 22 and the library under the name that the script asks for.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Library_Nodejs.html
 */
const RUNTIMES = ['4.0', '4.1', '4.2', '5.0', '5.1', '5.2'].map((version) => `syn-nodejs-${version}`);

/** `cwsyn-NAME-UUID` is the name of a Lambda function, which has 64 characters at most. */
const NAME_MAX = 64 - 'cwsyn-'.length - '-'.length - 36;

const minutesOf = (inputs: Inputs): number => {
  const [, minutes, plural] =
    /^rate\((\d+) minute(s?)\)$/.exec(String(at(inputs, 'schedule').expression)) ?? [];
  return minutes === undefined || (minutes === '1') !== (plural === '') ? Number.NaN : Number(minutes);
};

const runs = each('Canary', (inputs) => {
  const name = String(inputs.name);
  const config = at(inputs, 'runConfig');
  const memory = Number(config.memoryInMb);
  const variables = Object.keys(at(config, 'environmentVariables'));
  return [
    notIn(inputs, 'runtimeVersion', RUNTIMES),
    notIn(inputs, 'handler', ['index.handler']),
    notIn(inputs, 'startCanary', [true]),
    notIn(inputs, 'deleteLambda', [true]),
    (!/^[a-z0-9_-]+$/.test(name) || name.length > NAME_MAX) && `cannot be called ${name}`,
    !(minutesOf(inputs) >= 1 && minutesOf(inputs) <= 60) && 'runs at no rate that Synthetics takes',
    !(Number(config.timeoutInSeconds) <= minutesOf(inputs) * 60) && 'runs beside itself',
    outside(config, 'timeoutInSeconds', 15, 840),
    outside(config, 'memoryInMb', 960, 3008) || (memory % 64 !== 0 && `has ${memory} MiB`),
    ...['successRetentionPeriod', 'failureRetentionPeriod'].map((member) => outside(inputs, member, 1, 455)),
    ...variables.map((variable) => !['API_URL', 'TOKEN_SECRET_ARN'].includes(variable) && `sees ${variable}`),
    !/^https:\/\//.test(String(at(config, 'environmentVariables').API_URL)) && 'calls nobody by TLS',
  ];
});

/** The script that the canary runs is the one of this repository. */
const script: Rule = (resources) =>
  allOf(resources, 'Canary').flatMap(({ name, inputs }) => {
    const object = allOf(resources, 'BucketObjectv2').find(({ inputs: of }) => of.key === inputs.s3Key);
    const faults = [
      object?.inputs.bucket !== inputs.s3Bucket && 'has no script in its bucket',
      object?.inputs.contentBase64 !== CODE.zip.toString('base64') && 'has another script',
      !String(inputs.s3Key).includes(CODE.hash) && 'keeps an old script',
    ];
    return faults.filter((fault) => fault !== false).map((fault) => `Canary ${name}: ${fault}`);
  });

/** What its role may do, action by action, and to what. */
const role: Rule = (resources) =>
  allOf(resources, 'Canary').flatMap(({ name, inputs }) => {
    const own = (type: string) => allOf(resources, type).find((each) => each.name === name);
    const policy = own('RolePolicy')?.inputs ?? {};
    const [, bucket = '', prefix = ''] =
      /^s3:\/\/([^/]+)\/(.+)$/.exec(String(inputs.artifactS3Location)) ?? [];
    const objects = `arn:aws:s3:::${bucket}/${prefix}/*`;
    const logs = new RegExp(`:log-group:/aws/lambda/cwsyn-${String(inputs.name)}-\\*$`);
    const secretArn = at(at(inputs, 'runConfig'), 'environmentVariables').TOKEN_SECRET_ARN;
    const may: Readonly<Record<string, (resource: string, statement: Inputs) => boolean>> = {
      'secretsmanager:GetSecretValue': (resource) =>
        resource === secretArn && resource.endsWith(`secret/${name}`),
      's3:PutObject': (resource) => resource === objects,
      's3:GetObject': (resource) => resource === objects,
      's3:GetBucketLocation': (resource) => resource === `arn:aws:s3:::${bucket}`,
      's3:ListAllMyBuckets': (resource) => resource === '*',
      'logs:CreateLogGroup': (resource) => logs.test(resource),
      'logs:CreateLogStream': (resource) => logs.test(resource),
      'logs:PutLogEvents': (resource) => logs.test(resource),
      'cloudwatch:PutMetricData': (_, statement) =>
        at(at(statement, 'Condition'), 'StringEquals')['cloudwatch:namespace'] === 'CloudWatchSynthetics',
    };
    const asked = list(parsed(policy, 'policy'), 'Statement').flatMap((statement) =>
      [statement.Action].flat().flatMap((action) =>
        [statement.Resource]
          .flat()
          .filter((resource) => !may[String(action)]?.(String(resource), statement))
          .map((resource) => `Canary ${name}: its role may ${action} on ${resource}`),
      ),
    );
    return own('RolePolicy') ? asked : [`Canary ${name}: has no role of its own`];
  });

/** Metrics of a namespace are written by whoever may write that namespace, and none other. */
const namespaces = each('RolePolicy', (inputs) =>
  list(parsed(inputs, 'policy'), 'Statement')
    .filter(({ Action }) => [Action].flat().includes('cloudwatch:PutMetricData'))
    .map(
      (statement) =>
        at(at(statement, 'Condition'), 'StringEquals')['cloudwatch:namespace'] === undefined &&
        'writes metrics of any namespace',
    ),
);

/** Success and latency, each period a run; a canary that is silent is one that fails. */
const watched: Rule = (resources) => {
  const of = (name: unknown, metric: string): Recorded | undefined =>
    allOf(resources, 'MetricAlarm').find(
      ({ inputs }) =>
        inputs.namespace === 'CloudWatchSynthetics' &&
        inputs.metricName === metric &&
        at(inputs, 'dimensions').CanaryName === name,
    );
  const canaries = allOf(resources, 'Canary');
  const orphans = allOf(resources, 'MetricAlarm').filter(
    ({ inputs }) =>
      inputs.namespace === 'CloudWatchSynthetics' &&
      !canaries.some((canary) => canary.inputs.name === at(inputs, 'dimensions').CanaryName),
  );
  return [
    ...orphans.map(({ name }) => `MetricAlarm ${name}: watches no canary`),
    ...canaries.flatMap(({ name, inputs }) =>
      (['SuccessPercent', 'Duration'] as const).flatMap((metric) => {
        const alarm = of(inputs.name, metric)?.inputs;
        if (!alarm) return [`Canary ${name}: nobody watches its ${metric}`];
        const isSound =
          alarm.treatMissingData === 'breaching' &&
          alarm.period === minutesOf(inputs) * 60 &&
          (metric === 'Duration'
            ? alarm.comparisonOperator === 'GreaterThanThreshold'
            : alarm.comparisonOperator === 'LessThanThreshold' && alarm.threshold === 100);
        return isSound ? [] : [`Canary ${name}: the alarm on ${metric} sleeps`];
      }),
    ),
  ];
};

/** Its token is kept hidden, and is no secret of the service. */
const token: Rule = (resources) =>
  allOf(resources, 'Canary').flatMap(({ name }) => {
    const version = allOf(resources, 'SecretVersion').find((each) => each.name === name);
    return [
      ...(version?.secretInputs.includes('secretString') ? [] : [`Canary ${name}: its token is no secret`]),
      ...(/^\{"token":"[\w-]+\.[\w-]+\.[\w-]+"\}$/.test(String(version?.inputs.secretString))
        ? []
        : [`Canary ${name}: holds more than a token`]),
    ];
  });

export const CANARY_RULES: Readonly<Record<string, Rule>> = {
  'a canary runs as Synthetics takes it': runs,
  'a canary runs our script': script,
  'a canary may do its own work only': role,
  'metrics are written in one namespace': namespaces,
  'a canary is watched': watched,
  'a canary holds its own token': token,
};
