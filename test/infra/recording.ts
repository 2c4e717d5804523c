import { type Input, isSecret, type Output, output, runtime, secret } from '@pulumi/pulumi';

/** One resource as the program registered it; secrets are unwrapped, and `secretInputs` names where they stood. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly secretInputs: readonly string[];
  /** Reference of an explicit provider; empty for the default one. */
  readonly provider: string;
  /** Type and name of what it belongs to; both empty for nothing. */
  readonly parent: string;
  readonly parentName: string;
  /** `protect`: it cannot be destroyed. `retainOnDelete`: the cloud's own stays when it is. */
  readonly isProtected: boolean;
  readonly isRetained: boolean;
  readonly ignoredChanges: readonly string[];
  /** Types and names of what has to be there before it: as it was told, and as its inputs say. */
  readonly after: readonly string[];
  /** Hooks that run before it is made and before it is changed, each by its name. */
  readonly hooks: { readonly beforeCreate: readonly string[]; readonly beforeUpdate: readonly string[] };
}

export interface ShownOutput<T = unknown> {
  readonly value: T;
  readonly isSecret: boolean;
}

export interface Recording {
  readonly resources: readonly Recorded[];
  /** Components hold nothing themselves: they are what resources belong to. */
  readonly components: readonly Recorded[];
  readonly outputs: Readonly<Record<string, ShownOutput>>;
}

/** What a cloud's own recordings differ in. */
export interface MockedCloud {
  /** Name of its stack. */
  readonly cloud: string;
  /** What every stack is configured with, hidden and in plain. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Configuration of the cloud's provider, with its namespace. */
  readonly providerConfig: Readonly<Record<string, string>>;
  /** What a real resource would answer beside its inputs, which say the region where an explicit provider does. */
  stateOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown>;
  /** What a function of the provider would answer. */
  answerOf(token: string, inputs: Record<string, unknown>): Record<string, unknown>;
}

/** What the engine is asked for: mocks are told the inputs only. */
interface Registration {
  getParent(): string;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getIgnorechangesList(): string[];
  getHooks(): { getBeforeCreateList(): string[]; getBeforeUpdateList(): string[] } | undefined;
  getDependenciesList(): string[];
}

export type StackConfig = Readonly<Record<string, string>>;

/**
 * Runs the whole program of a stack under mocks and waits until everything is registered.
 *
 * @param config keys of the project, without namespace
 * @param stacks those that it may refer to, by name
 * @param isPreview nothing is known yet, as before a first `up`; then there are no outputs
 */
export type Recorder = (
  config: StackConfig,
  stacks?: Readonly<Record<string, Recording>>,
  options?: { readonly isPreview?: boolean },
) => Promise<Recording>;

const SECRET_MARK = '4dabf18193072939515e22adb298388d';

export function recorderOf(mocked: MockedCloud): Recorder {
  return async (config, stacks = {}, { isPreview = false } = {}) => {
    const resources: Recorded[] = [];
    const components: Recorded[] = [];
    // The mock monitor asks for the resource before it gives up control: it is always the one just asked for.
    let asked: Registration | undefined;
    await runtime.setMocks(
      {
        newResource: ({ type, name, inputs, provider = '', custom }) => {
          if (type === 'pulumi:pulumi:StackReference') return reference(name, stacks[inputs.name]);
          const plain = unwrapped(inputs) as Record<string, unknown>;
          const secretInputs = Object.keys(inputs).filter((key) => hasSecret(inputs[key]));
          const options = optionsOf(asked);
          const made = custom === false ? components : resources;
          made.push({ type, name, inputs: plain, secretInputs, provider, ...options });
          const explicit = resources.find(
            (each) => each.type.startsWith('pulumi:providers:') && provider.split('::').includes(each.name),
          );
          const placed = { ...(explicit && { region: explicit.inputs.region }), ...plain };
          return { id: `${name}-id`, state: { ...mocked.stateOf(type, name, placed), ...inputs } };
        },
        call: ({ token, inputs }) => mocked.answerOf(token, inputs),
      },
      'sluice',
      mocked.cloud,
      isPreview,
      'organization',
    );
    listen((request) => {
      asked = request;
    });
    configure(mocked, config);
    const returned = await withoutTraces(run);
    // In a preview they are not known yet, and whoever waits for them waits for ever.
    const shownOutputs = Object.entries(isPreview ? {} : returned).map(
      async ([name, value]) => [name, await shown(value)] as const,
    );
    return { resources, components, outputs: Object.fromEntries(await Promise.all(shownOutputs)) };
  };
}

async function run(): Promise<Readonly<Record<string, unknown>>> {
  const { default: deploy } = await import('#infra/index.ts');
  const returned = await deploy();
  await runtime.disconnect();
  return returned;
}

/** Pulumi keeps the stack of every promise that it makes, which takes three times as long as all the rest. */
async function withoutTraces<T>(run: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await run();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function configure({ secrets, providerConfig }: MockedCloud, config: StackConfig): void {
  const keys = Object.entries({ ...secrets, ...config });
  runtime.setAllConfig(
    { ...Object.fromEntries(keys.map(([key, value]) => [`sluice:${key}`, value])), ...providerConfig },
    Object.keys(secrets).map((key) => `sluice:${key}`),
  );
}

/** Hears what is asked of the engine before the mocks answer. */
function listen(heard: (request: Registration) => void): void {
  const monitor = runtime.getMonitor() as unknown as {
    registerResource(request: Registration, callback: unknown): unknown;
    registerResourceHook?(hook: unknown, callback: (error: null) => void): void;
  };
  // The mocks know of hooks, but do not take them.
  monitor.registerResourceHook = (_, callback) => callback(null);
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    heard(request);
    return register(request, callback);
  };
}

function optionsOf(request: Registration | undefined) {
  const [, , types = '', parentName = ''] = request?.getParent().split('::') ?? [];
  return {
    parent: types.split('$').at(-1) ?? '',
    parentName,
    isProtected: request?.getProtect() ?? false,
    isRetained: request?.getRetainondelete() ?? false,
    ignoredChanges: request?.getIgnorechangesList() ?? [],
    hooks: {
      beforeCreate: request?.getHooks()?.getBeforeCreateList() ?? [],
      beforeUpdate: request?.getHooks()?.getBeforeUpdateList() ?? [],
    },
    after: (request?.getDependenciesList() ?? []).map((urn) => urn.split('::').slice(2).join(' ')).sort(),
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

/** The value of an output whose inputs are all known, and whether it is a secret. */
export async function shown<T>(value: Input<T>): Promise<ShownOutput<T>> {
  const wrapped = output(value) as Output<T>;
  const known = await new Promise<T>((resolve) => {
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
