import { rootCertificates } from 'node:tls';
import { isSecret, Output, output, runtime, secret } from '@pulumi/pulumi';

/** One resource as the program registered it; secrets are unwrapped, as they are told apart by their values. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  /** Reference of an explicit provider; empty for the default one. */
  readonly provider: string;
  /** Type of the component that it belongs to; empty for none. */
  readonly parent: string;
  /** `protect`: it cannot be destroyed. `retainOnDelete`: the cloud's own stays when it is. */
  readonly isProtected: boolean;
  readonly isRetained: boolean;
}

/** What the engine is asked for: mocks are told the inputs only. */
interface Registration {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
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
  webhookSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  storageWebhookSecret: 'storage-webhook-secret-of-more-than-32-characters',
  jwtSecret: 'jwt-secret-that-is-longer-than-32-characters',
  transcoderWebhookSecret: 'transcoder-webhook-secret-longer-than-32',
  coconutApiKey: 'k-coconut-api-key',
  spacesCdnToken: 'dop_v1_cdn_token',
} as const;

export const CONFIG = {
  region: 'fra1',
  cloud: 'do',
  environment: 'production',
  image: `ghcr.io/example/sluice@sha256:${'0a'.repeat(32)}`,
  alarmEmail: 'ops@example.com',
} as const;

export const LIVE_URL = 'https://sluice-production-x7k2p.ondigitalocean.app';
/** Any real one: the service looks at it. */
const [PEM = ''] = rootCertificates;

const SECRET_MARK = '4dabf18193072939515e22adb298388d';

/** What a real resource would answer beside its inputs. */
function stateOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type.split(':').at(-1)) {
    case 'SpacesBucket': {
      const bucket = `${name}-1a2b3c4`;
      return {
        name: bucket,
        bucketUrn: `do:space:${bucket}`,
        bucketDomainName: `${bucket}.${inputs.region}.digitaloceanspaces.com`,
      };
    }
    case 'SpacesKey':
      return { accessKey: `DO00-${name}`, secretKey: secret(`secret-key-of-${name}`) };
    case 'Cdn':
      return { endpoint: String(inputs.origin).replace('.fra1.', '.fra1.cdn.') };
    case 'Certificate':
      return { name: `${name}-certificate` };
    case 'DatabaseCluster':
      return {
        user: 'doadmin',
        password: secret('database-password'),
        privateHost: `private-${name}.db.ondigitalocean.com`,
        port: 25060,
      };
    case 'App':
      return { liveUrl: LIVE_URL };
    default:
      return {};
  }
}

/**
 * Runs the whole program of a stack under mocks and waits until everything is registered.
 *
 * @param stacks those that it may refer to, by name
 */
export async function record(
  config: Readonly<Record<string, string>>,
  stacks: Readonly<Record<string, Recording>> = {},
  { isPreview = false } = {},
): Promise<Recording> {
  const resources: Recorded[] = [];
  const asked = new Map<string, Registration>();
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs, provider }) => {
        if (type === 'pulumi:pulumi:StackReference') return reference(name, stacks[inputs.name]);
        const plain = unwrapped(inputs) as Record<string, unknown>;
        const { parent, isProtected, isRetained } = optionsOf(asked.get(`${type} ${name}`));
        resources.push({
          type,
          name,
          inputs: plain,
          provider: provider ?? '',
          parent,
          isProtected,
          isRetained,
        });
        return { id: `${name}-id`, state: { ...inputs, ...stateOf(type, name, plain) } };
      },
      call: ({ inputs }) => ({ ...inputs, id: 'ca', certificate: PEM }),
    },
    'sluice',
    'do',
    isPreview,
    'organization',
  );
  listen((request) => asked.set(`${request.getType()} ${request.getName()}`, request));
  const all = Object.entries({ ...SECRETS, ...config });
  runtime.setAllConfig(
    Object.fromEntries(all.map(([key, value]) => [`sluice:${key}`, value])),
    Object.keys(SECRETS).map((key) => `sluice:${key}`),
  );
  const { default: deploy } = await import('#infra/index.ts');
  const returned = await deploy();
  await runtime.disconnect();
  // In a preview they are not known yet, and whoever waits for them waits for ever.
  if (isPreview) return { resources, outputs: {} };
  const outputs = await Promise.all(
    Object.entries(returned).map(async ([name, value]) => [name, await shown(value)] as const),
  );
  return { resources, outputs: Object.fromEntries(outputs) };
}

/** Hears what is asked of the engine before the mocks answer. */
function listen(heard: (request: Registration) => void): void {
  const monitor = runtime.getMonitor() as unknown as {
    registerResource(request: Registration, callback: unknown): unknown;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    heard(request);
    return register(request, callback);
  };
}

function optionsOf(request: Registration | undefined) {
  return {
    parent: request?.getParent().split('::')[2]?.split('$').at(-1) ?? '',
    isProtected: request?.getProtect() ?? false,
    isRetained: request?.getRetainondelete() ?? false,
  };
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

function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (value === null || typeof value !== 'object') return value;
  if (SECRET_MARK in value) return unwrapped((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, unwrapped(each)]));
}
