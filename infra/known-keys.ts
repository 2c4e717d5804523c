import type { Cloud } from './platform.ts';

/** Keys that every cloud reads. That these lists are what the code reads is tested. */
export const SHARED_KEYS: readonly string[] = [
  'cloud',
  'layer',
  'environment',
  'environments',
  'siteStack',
  'dataStack',
  'image',
  'domain',
  'transcoder',
  'transcoderFallback',
  'apiMin',
  'apiMax',
  'apiSize',
  'workerMin',
  'workerMax',
  'workerSize',
  'arm',
  'spot',
  'databaseSize',
  'databaseStorageGib',
  'databaseStandby',
  'databaseBackupDays',
  'databasePoolSize',
  'nat',
  'networkCidr',
  'secondRegion',
  'secondNetworkCidr',
  'archiveAfterDays',
  'flowLogs',
  'guardDuty',
  'securityHub',
  'inspector',
  'userPool',
  'storageAudit',
  'canary',
  'tracing',
  'transcribe',
  'protectData',
  'alarmEmail',
  'runbooksUrl',
  'budgetUsd',
  'corsOrigins',
  'otlpEndpoint',
  'jwtJwksUrl',
  'jwtIssuer',
  'jwtAudience',
  'jwtSecret',
  'webhookSecret',
  'storageWebhookSecret',
  'transcoderWebhookSecret',
];

/** Keys that a cloud reads besides. */
export const OWN_KEYS: Readonly<Record<Cloud, readonly string[]>> = {
  aws: [
    'mediaDomain',
    'zoneId',
    'certificateArn',
    'mediaCertificateArn',
    'signerKeys',
    'apiRateLimit',
    'playbackLogs',
    'signingKey',
    'signingKeyNames',
    'secondApi',
    'coconutApiKey',
    'coconutRegion',
    'archiveUnusedAfterDays',
    'permissionsBoundaryArn',
    'migrationMaxMinutes',
    'databaseCaCert',
    'databasePassword',
    'canarySubject',
    'canaryToken',
  ],
  do: [
    'region',
    'mediaDomain',
    'secondMediaDomain',
    'secondApi',
    'zone',
    'registryTier',
    'registryCredentials',
    'spacesCdnToken',
    'coconutApiKey',
    'coconutRegion',
  ],
};

const NAMESPACE = 'sluice:';

/** One line for keys of the configuration that nothing reads, mistyped or of another cloud; null where there are none. */
export function unknownKeys(cloud: Cloud, configured: readonly string[]): string | null {
  const unknown = configured
    .filter((key) => key.startsWith(NAMESPACE))
    .map((key) => key.slice(NAMESPACE.length))
    .filter((key) => !SHARED_KEYS.includes(key) && !OWN_KEYS[cloud].includes(key));
  if (unknown.length === 0) return null;
  return `Nothing reads ${unknown.sort().join(', ')}: mistyped, or of another cloud than ${cloud}; pulumi config rm takes a key away`;
}
