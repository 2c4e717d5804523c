import { ownerIdOf } from '#domain/access/owner-id.ts';
import type { Settings, WebhookSettings } from '#domain/settings.ts';
import type { S3Options } from '#providers/storage/s3-server.ts';
import type { Config, ResolvedConfig } from './config.ts';
import { costSettings } from './cost-settings.ts';
import type { DatabaseAddress } from './database-address.ts';
import { authorityFrom } from './database-authority.ts';
import { policiesWith } from './upload-policy-overrides.ts';

/** Beats in a lease: four may be lost before it ends (R6). */
const BEATS_PER_LEASE = 4.5;

const SESSION_MAX_SECONDS = 30 * 86_400;

/** The schedule that Standard Webhooks recommends: ten attempts over three days. */
const WEBHOOKS: WebhookSettings = {
  retryWaitSeconds: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
  timeoutSeconds: 20,
  disableAfterSeconds: 5 * 86_400,
  secretOverlapSeconds: 86_400,
  endpointsPerOwner: 20,
  keepMessagesSeconds: 30 * 86_400,
};

/** What decides how verbs behave. */
export function settingsFrom(config: Config): Settings {
  return {
    policies: policiesWith(config.UPLOAD_POLICIES),
    sessionTtlSeconds: config.UPLOAD_SESSION_TTL_SECONDS,
    completionLeaseSeconds: 600,
    completionAnswerSeconds: 20,
    leaseBeatSeconds: config.TRANSCODE_LEASE_SECONDS / BEATS_PER_LEASE,
    leaseDeadSeconds: config.TRANSCODE_LEASE_SECONDS,
    transcodeAttempts: config.TRANSCODE_ATTEMPTS,
    transcodeRetrySeconds: 10,
    probeAttempts: 2,
    probeRetrySeconds: 30,
    maxActiveJobsPerOwner: config.MAX_ACTIVE_JOBS_PER_OWNER,
    providerTimeoutSeconds: config.PROVIDER_TIMEOUT_SECONDS,
    versionGraceSeconds: config.VERSION_GRACE_SECONDS,
    deleteGraceSeconds: config.DELETE_GRACE_SECONDS,
    retentionSeconds: config.RETENTION_DAYS === undefined ? null : config.RETENTION_DAYS * 86_400,
    canaryOwnerId:
      config.CANARY_SUBJECT === undefined ? null : ownerIdOf(config.CANARY_SUBJECT, config.JWT_ISSUER ?? ''),
    sessionMaxSeconds: Math.max(SESSION_MAX_SECONDS, config.UPLOAD_SESSION_TTL_SECONDS),
    idempotencyTtlSeconds: 24 * 3600,
    idempotencyClaimSeconds: 60,
    maxRequestSeconds: config.MAX_REQUEST_SECONDS,
    rawBodyMaxBytes: config.RAW_BODY_MAX_BYTES ?? null,
    webhooks: WEBHOOKS,
    ingest: config.INGEST_URL ? { url: config.INGEST_URL, token: config.INGEST_TOKEN ?? null } : null,
    archives: {
      maxEntries: 10_000,
      maxUnpackedBytes: config.ARCHIVE_MAX_UNPACKED_BYTES,
      maxRatio: 200,
    },
    mp4Renditions: config.MP4_RENDITIONS,
    segmentContainer: config.SEGMENT_CONTAINER,
    segmentSeconds: 4,
    audioBitsPerSecond: 128_000,
    cost: costSettings(config),
  };
}

/** Where Postgres is and whom to trust there. Throws StartFailure where DATABASE_CA_CERT names a file of no use. */
export function databaseFrom(
  config: Pick<ResolvedConfig, 'DATABASE_URL' | 'DATABASE_CA_CERT'>,
): DatabaseAddress {
  const { DATABASE_URL: url, DATABASE_CA_CERT: caCertificate } = config;
  return { url, ...(caCertificate !== undefined && { caCertificate: authorityFrom(caCertificate) }) };
}

/** How to reach storage. Without a key, which only AWS can do, the SDK's own chain serves. */
export function s3From(config: ResolvedConfig): S3Options {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  const { S3_SIGNING_ACCESS_KEY_ID: signingKeyId, S3_SIGNING_SECRET_ACCESS_KEY: signingSecret } = config;
  return {
    region: config.S3_REGION,
    ...(config.S3_ENDPOINT !== undefined && { endpoint: config.S3_ENDPOINT }),
    ...(config.S3_PUBLIC_ENDPOINT !== undefined && { publicEndpoint: config.S3_PUBLIC_ENDPOINT }),
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
    ...(signingKeyId &&
      signingSecret && { signingCredentials: { accessKeyId: signingKeyId, secretAccessKey: signingSecret } }),
    ...(config.S3_FORCE_PATH_STYLE !== undefined && { forcePathStyle: config.S3_FORCE_PATH_STYLE }),
    ...(config.S3_VENDOR !== undefined && { vendor: config.S3_VENDOR }),
  };
}
