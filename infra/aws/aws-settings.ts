import type { Config, Output } from '@pulumi/pulumi';
import { COCONUT_API_KEY, wellFormed } from '../service-secrets.ts';
import { optionalHost, wholeNumber } from '../settings.ts';

/** Where the image keeps the authorities of RDS, those of all regions. */
export const RDS_AUTHORITIES = '/app/authorities/rds.pem';

/** What only AWS asks for; docs/deploy-aws.md explains each key. */
export interface AwsSettings {
  /** Route 53 zone of `domain`: the certificate is proved and the name is set there. */
  readonly zoneId: string | null;
  /** A certificate that exists already, where the zone is elsewhere. */
  readonly certificateArn: string | null;
  /** Domain of the CDN with its certificate, which has to be in us-east-1. */
  readonly media: { readonly domain: string; readonly certificateArn: string } | null;
  /** PEMs of public keys whose holders may sign playback. */
  readonly signerKeys: readonly string[];
  /** PEM of the authority that signs the database's certificate, or where in the image it is (R20). */
  readonly databaseCaCert: string;
  /** Requests that one address may make to the API in five minutes. */
  readonly apiRateLimit: number;
  /** Logs of playback in Parquet, with tables and queries over them. */
  readonly playbackLogs: boolean;
  /** Sources that nobody has asked for in so many days are archived: 90 to 730; null for never. */
  readonly archiveUnusedAfterDays: number | null;
  /** How long the migration of a release may take. */
  readonly migrationMaxMinutes: number;
  /** Access keys of the user that signs URLs, the first one signing; none where task roles are to sign. */
  readonly signingKeyNames: readonly string[];
  /** Managed policy that bounds what every role and user of the stack may; null for none. */
  readonly permissionsBoundaryArn: string | null;
  /** Whether the second region has an API; without, its storage is still read and written from home. */
  readonly secondApi: boolean;
  readonly coconutApiKey: () => Output<string>;
  readonly coconutRegion: string;
}

/** Throws one line that names the key and what it takes. */
export function awsSettingsFrom(config: Config): AwsSettings {
  refuseAlone(config);
  const mediaDomain = optionalHost(config, 'mediaDomain');
  return {
    zoneId: config.get('zoneId') ?? null,
    certificateArn: config.get('certificateArn') ?? null,
    media:
      mediaDomain === null
        ? null
        : { domain: mediaDomain, certificateArn: config.require('mediaCertificateArn') },
    signerKeys: config.getObject<string[]>('signerKeys') ?? [],
    databaseCaCert: authority(config),
    // What WAF takes of a rule of this kind.
    apiRateLimit: wholeNumber(config, 'apiRateLimit', 2000, { min: 10, max: 2_000_000_000 }),
    playbackLogs: config.getBoolean('playbackLogs') ?? false,
    archiveUnusedAfterDays: unusedDays(config),
    migrationMaxMinutes: migrationMinutes(config),
    signingKeyNames: (config.getBoolean('signingKey') ?? true) ? keyNames(config) : [],
    permissionsBoundaryArn: boundary(config),
    secondApi: config.getBoolean('secondApi') ?? true,
    coconutApiKey: () => wellFormed(config, 'coconutApiKey', COCONUT_API_KEY),
    coconutRegion: config.get('coconutRegion') ?? 'us-east-1',
  };
}

/** Keys that do nothing without another one. */
const BESIDE: Readonly<Record<string, string>> = {
  zoneId: 'domain',
  certificateArn: 'domain',
  mediaCertificateArn: 'mediaDomain',
  canarySubject: 'canary',
  canaryToken: 'canary',
};

function refuseAlone(config: Config): void {
  const isSet = (key: string) =>
    key === 'canary' ? config.getBoolean(key) === true : config.getSecret(key) !== undefined;
  for (const [key, other] of Object.entries(BESIDE))
    if (isSet(key) && !isSet(other)) throw new Error(`${key} does nothing without ${other}: set it too`);
}

/** A user of IAM has two keys at most. */
function keyNames(config: Config): string[] {
  const names = config.getObject<unknown[]>('signingKeyNames') ?? ['1'];
  const given = Array.isArray(names) ? names.map(String) : [];
  const [first, second] = given;
  const fit = given.every((name) => /^[a-z0-9-]{1,16}$/.test(name)) && first !== second;
  if (fit && given.length >= 1 && given.length <= 2) return given;
  throw new Error(
    `signingKeyNames must be a list of one or two different names of letters, digits and hyphens, as ["2", "1"]; given: ${JSON.stringify(names)}`,
  );
}

function unusedDays(config: Config): number | null {
  const days = config.getNumber('archiveUnusedAfterDays') ?? null;
  if (days === null || (Number.isInteger(days) && days >= 90 && days <= 730)) return days;
  throw new Error(`archiveUnusedAfterDays must be a whole number from 90 to 730; given: ${days}`);
}

function migrationMinutes(config: Config): number {
  const minutes = config.getNumber('migrationMaxMinutes') ?? 60;
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440) return minutes;
  throw new Error(`migrationMaxMinutes must be a whole number from 1 to 1440; given: ${minutes}`);
}

function boundary(config: Config): string | null {
  const arn = config.get('permissionsBoundaryArn') ?? null;
  if (arn === null || /^arn:aws:iam::\d{12}:policy\/[\w+=,.@/-]*[\w+=,.@-]$/.test(arn)) return arn;
  throw new Error(
    `permissionsBoundaryArn must be that of a policy of the account, arn:aws:iam::ACCOUNT:policy/NAME; given: ${arn}`,
  );
}

function authority(config: Config): string {
  const given = config.get('databaseCaCert') ?? RDS_AUTHORITIES;
  if (given === RDS_AUTHORITIES || given.includes('-----BEGIN CERTIFICATE-----')) return given;
  throw new Error(
    'databaseCaCert must be a PEM (pulumi config set databaseCaCert < ca.pem), or not be set: the image has the authorities of RDS',
  );
}
