import type { Config, Input } from '@pulumi/pulumi';
import type { Cloud } from './platform.ts';

/** Which part of a deployment one stack holds. `all`: everything in one. */
export const LAYERS = ['all', 'site', 'data', 'app'] as const;
export type Layer = (typeof LAYERS)[number];

/** How bearer tokens are verified. */
export type TokenSettings =
  | { readonly kind: 'secret' }
  | {
      readonly kind: 'keys';
      readonly jwksUrl: Input<string>;
      readonly issuer: Input<string>;
      readonly audience: Input<string>;
    };

/** What the service itself is told, beside what the platform delivers. */
export interface ServiceSettings {
  readonly corsOrigins: string;
  readonly databasePoolSize: number;
  readonly transcoderFallback: 'ffmpeg' | 'coconut' | 'mediaconvert' | null;
  readonly tokens: TokenSettings;
  /** A little less than what stands before the service allows (R23). */
  readonly maxRequestSeconds: number;
  readonly otlpEndpoint: string | null;
  /** The `sub` of whoever probes the service; left out where nobody does. */
  readonly canarySubject?: string;
}

export const SIZES = ['small', 'medium', 'large'] as const;
/** How large an instance is; each cloud has its table of what that means there. */
export type Size = (typeof SIZES)[number];

/** How many instances of a role run, and how large each is. */
export interface Fleet {
  readonly min: number;
  readonly max: number;
  readonly size: Size;
}

export interface DatabaseSettings {
  readonly size: Size;
  readonly storageGib: number;
  /** A second node that takes over. */
  readonly standby: boolean;
  readonly backupDays: number;
}

/** How private machines reach the world. `none`: they stand in public subnets, with nothing let in. */
export const NAT = ['none', 'one', 'perAz'] as const;
export type Nat = (typeof NAT)[number];

/** What costs extra or belongs to a whole account, each switched on by its own key. */
export interface Extras {
  readonly flowLogs: boolean;
  readonly guardDuty: boolean;
  readonly securityHub: boolean;
  readonly inspector: boolean;
  /** A pool of users that issues the bearer tokens. */
  readonly userPool: boolean;
  /** Who touched which object. */
  readonly storageAudit: boolean;
  /** A probe that signs an upload every few minutes. */
  readonly canary: boolean;
  /** Traces by an OpenTelemetry collector. */
  readonly tracing: boolean;
  /** Workers may have Amazon Transcribe make captions of sources. */
  readonly transcribe: boolean;
}

/** What a stack's configuration says, the same keys on every cloud; docs/deploy-*.md explains each. */
export interface Settings {
  readonly cloud: Cloud;
  readonly layer: Layer;
  /** Name of the environment; in names and tags. */
  readonly environment: string;
  /** Stacks that this one stands on, `organization/project/stack`; null where it makes that part itself. */
  readonly siteStack: string | null;
  readonly dataStack: string | null;
  /** Reference of the container image, by digest for preference. */
  readonly image: string;
  /** Domain of the API; null for the cloud's own name. */
  readonly domain: string | null;
  readonly transcoder: 'ffmpeg' | 'coconut' | 'mediaconvert';
  readonly api: Fleet;
  readonly worker: Fleet;
  /** ARM processors, where the cloud has them. */
  readonly arm: boolean;
  /** Workers on capacity that the cloud may take back at any time; their jobs are handed back (R7). */
  readonly spot: boolean;
  readonly database: DatabaseSettings;
  readonly nat: Nat;
  /** First address and size of the site's network, as CIDR of 16 bits. */
  readonly networkCidr: string;
  /** The environments that a site carries; each gets security groups of its own. */
  readonly environments: readonly string[];
  /** A second region of storage and API; null for none. */
  readonly secondRegion: string | null;
  /** Network of the second region, as CIDR of 16 bits beside `networkCidr`: the two are joined. */
  readonly secondNetworkCidr: string;
  /** After so many days sources move to an archive; null for never. */
  readonly archiveAfterDays: number | null;
  readonly extras: Extras;
  /** Data survives `pulumi destroy`, and cannot be destroyed by mistake. */
  readonly protectData: boolean;
  /** Where alarms are sent. */
  readonly alarmEmail: string;
  /** Address of docs/operate.md as whoever gets an alarm can open it; its headings are added as fragments. */
  readonly runbooksUrl: string;
  /** Monthly budget in US dollars whose excess is announced; null for none. */
  readonly budgetUsd: number | null;
  readonly service: ServiceSettings;
}

const CLOUDS = ['aws', 'do'] as const;
const TRANSCODERS = ['ffmpeg', 'coconut', 'mediaconvert'] as const;

/** Reads a stack's configuration. Throws one line that names the key and what it takes. */
export function settingsFrom(config: Config): Settings {
  const cloud = oneOf(config, 'cloud', CLOUDS);
  // On DigitalOcean one that none of its regions keeps for itself: 10.20 is tor1's, and a second region may be added.
  const networkCidr = cidr16(config, 'networkCidr', cloud === 'aws' ? '10.20.0.0/16' : '10.60.0.0/16');
  const layer = oneOf(config, 'layer', LAYERS, 'all');
  const environment = named(config, 'environment');
  return {
    cloud,
    layer,
    environment,
    siteStack: config.get('siteStack') ?? null,
    dataStack: config.get('dataStack') ?? null,
    image: config.require('image'),
    domain: optionalHost(config, 'domain'),
    transcoder: oneOf(config, 'transcoder', TRANSCODERS, cloud === 'aws' ? 'mediaconvert' : 'coconut'),
    api: fleet(config, 'api', { min: 2, max: 6 }),
    worker: fleet(config, 'worker', { min: 1, max: 4 }),
    arm: config.getBoolean('arm') ?? false,
    spot: config.getBoolean('spot') ?? false,
    database: {
      size: oneOf(config, 'databaseSize', SIZES, 'small'),
      storageGib: wholeNumber(config, 'databaseStorageGib', 20, {
        min: cloud === 'aws' ? 20 : 10,
        max: 16_384,
      }),
      standby: config.getBoolean('databaseStandby') ?? true,
      backupDays: wholeNumber(config, 'databaseBackupDays', 7, { min: 1, max: 35 }),
    },
    nat: oneOf(config, 'nat', NAT, 'one'),
    networkCidr,
    environments: environmentsOf(config, layer, environment),
    secondRegion: config.get('secondRegion') ?? null,
    secondNetworkCidr: secondNetwork(config, networkCidr),
    archiveAfterDays: optionalWholeNumber(config, 'archiveAfterDays', { min: 30, max: 3650 }),
    extras: {
      flowLogs: config.getBoolean('flowLogs') ?? false,
      guardDuty: config.getBoolean('guardDuty') ?? false,
      securityHub: config.getBoolean('securityHub') ?? false,
      inspector: config.getBoolean('inspector') ?? false,
      userPool: config.getBoolean('userPool') ?? false,
      storageAudit: config.getBoolean('storageAudit') ?? false,
      canary: config.getBoolean('canary') ?? false,
      tracing: config.getBoolean('tracing') ?? false,
      transcribe: config.getBoolean('transcribe') ?? false,
    },
    protectData: config.getBoolean('protectData') ?? true,
    alarmEmail: email(config, 'alarmEmail'),
    runbooksUrl: runbooks(config),
    budgetUsd: config.getNumber('budgetUsd') ?? null,
    service: {
      corsOrigins: config.get('corsOrigins') ?? '*',
      databasePoolSize: wholeNumber(config, 'databasePoolSize', 5, { min: 1, max: 100 }),
      transcoderFallback: optionalOneOf(config, 'transcoderFallback', TRANSCODERS),
      tokens: tokensFrom(config),
      maxRequestSeconds: cloud === 'do' ? 90 : 3600,
      otlpEndpoint: config.get('otlpEndpoint') ?? null,
    },
  };
}

function tokensFrom(config: Config): TokenSettings {
  const jwksUrl = config.get('jwtJwksUrl');
  if (jwksUrl === undefined) return { kind: 'secret' };
  return {
    kind: 'keys',
    jwksUrl,
    issuer: config.require('jwtIssuer'),
    audience: config.require('jwtAudience'),
  };
}

function fleet(config: Config, role: 'api' | 'worker', byDefault: { min: number; max: number }): Fleet {
  const min = wholeNumber(config, `${role}Min`, byDefault.min, { min: 1, max: 100 });
  const max = wholeNumber(config, `${role}Max`, Math.max(min, byDefault.max), { min, max: 100 });
  return { min, max, size: oneOf(config, `${role}Size`, SIZES, 'small') };
}

function oneOf<const W extends readonly string[]>(
  config: Config,
  key: string,
  words: W,
  byDefault?: W[number],
): W[number] {
  const given = config.get(key) ?? byDefault;
  const found = words.find((word) => word === given);
  if (found === undefined)
    throw new Error(`${key} must be ${words.join(', ')}; given: ${given ?? 'nothing'}`);
  return found;
}

function optionalOneOf<const W extends readonly string[]>(
  config: Config,
  key: string,
  words: W,
): W[number] | null {
  return config.get(key) === undefined ? null : oneOf(config, key, words);
}

/** Throws one line that names the key and its limits. */
export function wholeNumber(
  config: Config,
  key: string,
  byDefault: number,
  { min, max }: { min: number; max: number },
): number {
  const given = config.getNumber(key) ?? byDefault;
  if (Number.isInteger(given) && given >= min && given <= max) return given;
  throw new Error(`${key} must be a whole number from ${min} to ${max}; given: ${given}`);
}

function optionalWholeNumber(
  config: Config,
  key: string,
  limits: { min: number; max: number },
): number | null {
  return config.get(key) === undefined ? null : wholeNumber(config, key, 0, limits);
}

function cidr16(config: Config, key: string, byDefault: string): string {
  const given = config.get(key) ?? byDefault;
  const [, second] = /^(?:10|172|192)\.(\d{1,3})\.0\.0\/16$/.exec(given) ?? [];
  if (second !== undefined && Number(second) <= 255) return given;
  throw new Error(`${key} must be a private network of 16 bits such as ${byDefault}; given: ${given}`);
}

/** By default the network beside the first: 10.20 and 10.21. Joined networks may not overlap. */
function secondNetwork(config: Config, networkCidr: string): string {
  const [first = '10', second = '20'] = networkCidr.split('.');
  const beside = Number(second) < 255 ? Number(second) + 1 : Number(second) - 1;
  const given = cidr16(config, 'secondNetworkCidr', `${first}.${beside}.0.0/16`);
  if (given !== networkCidr) return given;
  throw new Error(`secondNetworkCidr must differ from networkCidr; given: ${given} for both`);
}

/** In descriptions of alarms, which are mailed. Without an address it is the path in the repository. */
function runbooks(config: Config): string {
  const given = config.get('runbooksUrl');
  if (given === undefined) return 'docs/operate.md';
  if (/^https?:\/\/[^\s#?]+$/.test(given)) return given;
  throw new Error(
    `runbooksUrl must be the address of docs/operate.md as a browser opens it, without #; given: ${given}`,
  );
}

/** In names of resources, some of which take 32 characters in all. */
function named(config: Config, key: string): string {
  const name = config.require(key);
  if (!/^[a-z][a-z0-9-]{0,13}[a-z0-9]$/.test(name))
    throw new Error(
      `${key} must be 2 to 15 small letters, digits and hyphens, a letter first and no hyphen last; given: ${name}`,
    );
  return name;
}

/** A name of DNS, which clouds take only after the database was made; null where none is given. */
export function optionalHost(config: Config, key: string): string | null {
  const given = config.get(key);
  if (given === undefined) return null;
  if (/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(given)) return given;
  throw new Error(
    `${key} must be a name such as api.example.com, in small letters and without https://; given: ${given}`,
  );
}

function email(config: Config, key: string): string {
  const given = config.require(key);
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(given)) return given;
  throw new Error(`${key} must be an address such as ops@example.com; given: ${given}`);
}

/** Those of the site; one that is made here has to carry what stands on it here. */
function environmentsOf(config: Config, layer: Layer, environment: string): readonly string[] {
  const given = config.getObject<string[]>('environments') ?? [environment];
  if (!Array.isArray(given))
    throw new Error(`environments must be a list; set each by --path 'environments[0]'; given: ${given}`);
  if (layer !== 'all' || given.includes(environment)) return given;
  throw new Error(
    `environments must hold ${environment}, the environment of this stack; given: ${given.join(', ')}`,
  );
}
