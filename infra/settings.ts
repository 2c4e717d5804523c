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
}

/** How many instances of a role run, and how large each is. */
export interface Fleet {
  readonly min: number;
  readonly max: number;
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
  /** Data survives `pulumi destroy`, and cannot be destroyed by mistake. */
  readonly protectData: boolean;
  /** Where alarms are sent. */
  readonly alarmEmail: string;
  /** Monthly budget in US dollars whose excess is announced; null for none. */
  readonly budgetUsd: number | null;
  readonly service: ServiceSettings;
}

const CLOUDS = ['aws', 'do'] as const;
const TRANSCODERS = ['ffmpeg', 'coconut', 'mediaconvert'] as const;

/** Reads a stack's configuration. Throws one line that names the key and what it takes. */
export function settingsFrom(config: Config): Settings {
  const cloud = oneOf(config, 'cloud', CLOUDS);
  return {
    cloud,
    layer: oneOf(config, 'layer', LAYERS, 'all'),
    environment: named(config, 'environment'),
    siteStack: config.get('siteStack') ?? null,
    dataStack: config.get('dataStack') ?? null,
    image: config.require('image'),
    domain: config.get('domain') ?? null,
    transcoder: oneOf(config, 'transcoder', TRANSCODERS, cloud === 'aws' ? 'mediaconvert' : 'coconut'),
    api: fleet(config, 'api', { min: 2, max: 6 }),
    worker: fleet(config, 'worker', { min: 1, max: 4 }),
    protectData: config.getBoolean('protectData') ?? true,
    alarmEmail: config.require('alarmEmail'),
    budgetUsd: config.getNumber('budgetUsd') ?? null,
    service: {
      corsOrigins: config.get('corsOrigins') ?? '*',
      databasePoolSize: config.getNumber('databasePoolSize') ?? 5,
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

function fleet(config: Config, role: 'api' | 'worker', byDefault: Fleet): Fleet {
  const min = config.getNumber(`${role}Min`) ?? byDefault.min;
  const max = config.getNumber(`${role}Max`) ?? Math.max(min, byDefault.max);
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max < min)
    throw new Error(
      `${role}Min and ${role}Max must be whole numbers, 1 <= min <= max; given: ${min} and ${max}`,
    );
  return { min, max };
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

/** In names of resources, some of which take 32 characters in all. */
function named(config: Config, key: string): string {
  const name = config.require(key);
  if (!/^[a-z][a-z0-9-]{0,13}[a-z0-9]$/.test(name))
    throw new Error(`${key} must be 2 to 15 of a-z, 0-9 and -, from a letter; given: ${name}`);
  return name;
}
