import { beforeAll, describe, expect, test } from 'vitest';
import { prepareBuckets } from '#providers/storage/prepare-buckets.ts';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import { scriptedServer } from '#test/providers/storage/faulty-servers.ts';
import type { Recorded } from '../recording.ts';
import { allOf, list } from '../rules.ts';
import { COMMANDS, METHODS, PREPARED, SIGNED } from './command-rights.ts';
import { policiesIn, words } from './policy-documents.ts';
import { CONFIG, record } from './recording.ts';
import { callsOf, commandsSent, type Program, portMethods, type Target } from './service-calls.ts';

/** Needed by the code and not granted, each with its reason. */
const WITHHELD: Readonly<Record<string, string>> = {
  's3:CreateBucket': 'the stack makes the buckets',
  's3:PutBucketCORS':
    'the stack sets what the service looks for; where it differs, a notice says what to run',
};

/** Granted without a command of the SDK that needs it, each with its reason. */
const BESIDE: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': "the collector's measurements",
  'logs:PutLogEvents': "the collector's measurements",
  'logs:DescribeLogStreams': "the collector's measurements",
  'xray:PutTraceSegments': "the collector's traces",
  'xray:PutTelemetryRecords': "the collector's traces",
  'ecs:UpdateTaskProtection': "PUT to ECS's agent, by fetch: worker/scale-in-protection.ts",
  'transcribe:StartTranscriptionJob': 'by `transcribe` alone; nothing of Sluice calls it yet',
  'transcribe:GetTranscriptionJob': 'by `transcribe` alone; nothing of Sluice calls it yet',
  'transcribe:DeleteTranscriptionJob': 'by `transcribe` alone; nothing of Sluice calls it yet',
};

/** Everybody else in the stack, by the end of the policy's name, with all that they may and why. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  // What starts a task: image, secrets, logs (ECS developer guide, "Task execution role").
  '-execution': [
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:GetAuthorizationToken',
    'ecr:GetDownloadUrlForLayer',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'secretsmanager:GetSecretValue',
  ],
  // MediaConvert itself.
  '-mediaconvert': ['s3:GetObject', 's3:PutObject'],
  // EventBridge, to our webhooks.
  '-storage': ['events:InvokeApiDestination'],
  '-jobs': ['events:InvokeApiDestination'],
  // The key that travels to Coconut: large outputs come in parts.
  '-coconut': ['s3:AbortMultipartUpload', 's3:PutObject'],
  '-flows': ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
};

/** Actions by what they are done to, as `sources s3:GetObject`. */
function needed(program: Program): Set<string> {
  const calls = callsOf(program).map(({ method, target }) => ({
    target,
    commands: METHODS[method] ?? [method],
  }));
  const starts = (['sources', 'media'] as const).map((target) => ({ target, commands: PREPARED[target] }));
  return new Set(
    [...calls, ...(program === 'once' ? [] : starts)].flatMap(({ target, commands }) =>
      commands.flatMap((command) => (COMMANDS[command] ?? [command]).map((action) => `${target} ${action}`)),
    ),
  );
}

const bucketOf = (resource: string) => /^arn:aws:s3:::([^/]*)-(sources|media)-/.exec(resource) ?? [];
const targetOf = (resource: string): Target => (bucketOf(resource)[2] as Target | undefined) ?? 'neither';

/** @param of whose buckets count, by the name before `-sources` and `-media`; all of them where left out */
function granted(resources: readonly Recorded[], end: string, of?: string): Set<string> {
  const policies = policiesIn(resources).filter(
    ({ resource }) => /:(Role|User)Policy$/.test(resource.type) && resource.name.endsWith(end),
  );
  if (policies.length === 0) throw new Error(`No policy ${end} was registered`);
  return new Set(
    policies.flatMap(({ statements }) =>
      statements.flatMap(({ Action, Resource }) =>
        words(Resource)
          .filter((resource) => of === undefined || (bucketOf(resource)[1] ?? of) === of)
          .flatMap((resource) => words(Action).map((action) => `${targetOf(resource)} ${action}`)),
      ),
    ),
  );
}

const bare = (right: string) => right.split(' ')[1] ?? '';
const sorted = (rights: Iterable<string>) => [...rights].sort();

const EXTRAS = { transcribe: 'true', tracing: 'true', flowLogs: 'true', storageAudit: 'true' };
let resources: readonly Recorded[];
let twoRegions: readonly Recorded[];
beforeAll(async () => {
  ({ resources } = await record({ ...CONFIG, ...EXTRAS }));
  const domains = { domain: 'api.example.com', zoneId: 'Z0123456789' };
  ({ resources: twoRegions } = await record({ ...CONFIG, ...domains, secondRegion: 'eu-west-1' }));
});

test('every command that the adapters send, and every method of the storage port, is in the tables', () => {
  expect(sorted(commandsSent())).toEqual(sorted(Object.keys(COMMANDS)));
  expect(portMethods().filter((method) => !(method in METHODS))).toEqual([]);
  const known = Object.values({ ...METHODS, ...PREPARED }).flat();
  expect(Object.keys(COMMANDS).filter((command) => !known.includes(command))).toEqual([]);
});

describe.each(['api', 'worker', 'once'] as const)('the role of %s', (program) => {
  test('may do what its code asks for, to the bucket where it asks', () => {
    const lacking = needed(program).difference(granted(resources, `-${program}`));
    expect(sorted(lacking).filter((right) => !(bare(right) in WITHHELD))).toEqual([]);
  });

  test('may do nothing else', () => {
    const idle = granted(resources, `-${program}`).difference(needed(program));
    expect(sorted(idle).filter((right) => !(bare(right) in BESIDE))).toEqual([]);
  });

  test('may do the same with the storage of a second region, wherever it runs', () => {
    const storages = allOf(twoRegions, 'Bucket').flatMap(
      ({ name }) => /^(.*)-sources$/.exec(name)?.[1] ?? [],
    );
    const roles = allOf(twoRegions, 'RolePolicy').filter(({ name }) => name.endsWith(`-${program}`));
    expect([storages.length, roles.length]).toEqual([2, program === 'api' ? 2 : 1]);
    for (const { name } of roles)
      for (const storage of storages) {
        const lacking = needed(program).difference(granted(twoRegions, name, storage));
        expect([name, storage, ...sorted(lacking).filter((right) => !(bare(right) in WITHHELD))]).toEqual([
          name,
          storage,
        ]);
      }
  });
});

test('the CORS that the stack sets is what a start looks for: nothing is set by a service, which may not', async () => {
  const [rule = {}] = allOf(resources, 'BucketCorsConfiguration').flatMap(({ inputs }) =>
    list(inputs, 'corsRules'),
  );
  const members = {
    AllowedOrigin: rule.allowedOrigins,
    AllowedMethod: rule.allowedMethods,
    AllowedHeader: rule.allowedHeaders,
    ExposeHeader: rule.exposeHeaders,
  };
  const xml = Object.entries(members).flatMap(([name, values]) =>
    words(values).map((value) => `<${name}>${value}</${name}>`),
  );
  const body = `<CORSConfiguration><CORSRule>${xml.join('')}</CORSRule></CORSConfiguration>`;
  await using server = await scriptedServer({ status: 200 }, { status: 200 }, { status: 200, body });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const connection = s3Connection({ region: 'us-east-1', endpoint: server.url, vendor: 'aws', credentials });
  const buckets = { sourceBucket: 'sources', mediaBucket: 'media', corsOrigins: ['*'] };
  expect(await prepareBuckets(connection, buckets)).toEqual([]);
  expect(server.requests.map((line) => line.split(' ')[0])).toEqual(['HEAD', 'HEAD', 'GET']);
  connection.close();
});

test('captions are a right of workers, where it is asked for', async () => {
  const transcribes = (rights: Set<string>) =>
    sorted(rights).filter((right) => right.includes('transcribe:'));
  expect(transcribes(granted(resources, '-worker'))).toHaveLength(3);
  for (const end of ['-api', '-once']) expect(transcribes(granted(resources, end))).toEqual([]);
  const { resources: byDefault } = await record(CONFIG);
  expect(transcribes(granted(byDefault, '-worker'))).toEqual([]);
});

test('the key that signs may do what is signed, in the bucket of sources alone', () => {
  const calls = [...callsOf('api'), ...callsOf('worker')].filter(({ method }) => SIGNED.includes(method));
  expect(new Set(calls.map(({ method }) => method))).toEqual(new Set(SIGNED));
  const rights = calls.flatMap(({ target, method }) =>
    (METHODS[method] ?? []).flatMap((command) =>
      (COMMANDS[command] ?? []).map((action) => `${target} ${action}`),
    ),
  );
  expect(sorted(granted(resources, '-signing'))).toEqual(sorted(new Set(rights)));
  for (const { name } of allOf(twoRegions, 'Bucket').filter((bucket) => bucket.name.endsWith('-sources')))
    expect([name, ...granted(twoRegions, '-signing', name.replace(/-sources$/, ''))]).toHaveLength(3);
});

test('everybody else may do what the table says, and nobody is left out of it', async () => {
  const { resources: withCoconut } = await record({ ...CONFIG, transcoder: 'coconut' });
  const all = [...resources, ...withCoconut];
  for (const [end, actions] of Object.entries(OTHERS))
    expect([end, ...sorted(new Set([...granted(all, end)].map(bare)))]).toEqual([end, ...actions]);
  const known = [...Object.keys(OTHERS), '-api', '-worker', '-once', '-signing'];
  const names = [...allOf(all, 'RolePolicy'), ...allOf(all, 'UserPolicy')].map(({ name }) => name);
  expect(names.filter((name) => !known.some((end) => name.endsWith(end)))).toEqual([]);
});

test('what a role may not do is told, and what it may in vain', () => {
  const without = (action: string) =>
    resources.map((resource) =>
      resource.name === 'sluice-production-api' && resource.type.endsWith(':RolePolicy')
        ? {
            ...resource,
            inputs: { policy: String(resource.inputs.policy).replaceAll(`"${action}"`, '"s3:Other"') },
          }
        : resource,
    );
  const tampered = granted(without('s3:RestoreObject'), '-api');
  expect(sorted(needed('api').difference(tampered))).toContain('sources s3:RestoreObject');
  expect(sorted(tampered.difference(needed('api')))).toContain('sources s3:Other');
});
