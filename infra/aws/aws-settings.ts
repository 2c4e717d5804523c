import type { Config, Output } from '@pulumi/pulumi';

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
  /** PEM of the region's authority of RDS (R20). */
  readonly databaseCaCert: () => string;
  /** Requests that one address may make to the API in five minutes. */
  readonly apiRateLimit: number;
  /** Logs of playback in Parquet, with tables and queries over them. */
  readonly playbackLogs: boolean;
  /** Sources that nobody has asked for in so many days are archived: 90 to 730; null for never. */
  readonly archiveUnusedAfterDays: number | null;
  readonly coconutApiKey: () => Output<string>;
  readonly coconutRegion: string;
}

/** Throws one line that names the key and what it takes. */
export function awsSettingsFrom(config: Config): AwsSettings {
  const mediaDomain = config.get('mediaDomain');
  return {
    zoneId: config.get('zoneId') ?? null,
    certificateArn: config.get('certificateArn') ?? null,
    media:
      mediaDomain === undefined
        ? null
        : { domain: mediaDomain, certificateArn: config.require('mediaCertificateArn') },
    signerKeys: config.getObject<string[]>('signerKeys') ?? [],
    databaseCaCert: () => pem(config, 'databaseCaCert'),
    apiRateLimit: config.getNumber('apiRateLimit') ?? 2000,
    playbackLogs: config.getBoolean('playbackLogs') ?? false,
    archiveUnusedAfterDays: unusedDays(config),
    coconutApiKey: () => config.requireSecret('coconutApiKey'),
    coconutRegion: config.get('coconutRegion') ?? 'us-east-1',
  };
}

function unusedDays(config: Config): number | null {
  const days = config.getNumber('archiveUnusedAfterDays') ?? null;
  if (days === null || (Number.isInteger(days) && days >= 90 && days <= 730)) return days;
  throw new Error(`archiveUnusedAfterDays must be a whole number from 90 to 730; given: ${days}`);
}

function pem(config: Config, key: string): string {
  const given = config.require(key);
  if (given.includes('-----BEGIN CERTIFICATE-----')) return given;
  throw new Error(
    `${key} must be the PEM of https://truststore.pki.rds.amazonaws.com/REGION/REGION-bundle.pem`,
  );
}
