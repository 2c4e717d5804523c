import { z } from 'zod';
import { TRANSCODER_NAMES } from '#providers/transcoders/transcoder.ts';
import {
  arn,
  bytes,
  flag,
  httpAddress,
  jsonOf,
  longSecret,
  networks,
  noted,
  oneOf,
  origins,
  port,
  seconds,
  webhookSecret,
  wholeNumber,
} from './config-fields.ts';
import { COST_VARIABLES } from './cost-variables.ts';
import { DATABASE_VARIABLES } from './database-variables.ts';
import { KEEPING_VARIABLES } from './keeping-variables.ts';
import { POLICY_OVERRIDES } from './upload-policy-overrides.ts';

const DAY_SECONDS = 86_400;
const MIB = 1024 ** 2;
const S3_VENDORS = ['aws', 'spaces', 'r2', 'versitygw', 'minio', 'embedded', 'generic'] as const;
const EMBEDDED = 'the embedded server';
const FROM_SECRETS = 'made and kept in SLUICE_DIR/secrets.json';

/** Every environment variable of Sluice. The table in the documentation is made from this. */
export const CONFIG_SCHEMA = z.object({
  PORT: port().default(4000).describe('Port of the API.'),
  HOST: noted(z.string(), { byDefault: '127.0.0.1 where PUBLIC_URL is on this machine, else 0.0.0.0' })
    .optional()
    .describe('Address that the API, and the embedded S3 server, listen on.'),
  PUBLIC_URL: noted(httpAddress(), { byDefault: 'http://localhost:PORT' })
    .optional()
    .describe('The address of the API as clients and players see it.'),
  SLUICE_DIR: z
    .string()
    .default('.sluice')
    .describe('Folder for what a laptop keeps: database, objects, generated secrets.'),
  SLUICE_IMAGE: noted(
    oneOf(['0', '1']).transform((word) => word === '1'),
    { byDefault: '0' },
  )
    .default(false)
    .describe(
      'Set to 1 by the container image: nothing is embedded or generated, what is missing is an error.',
    ),
  LOG_LEVEL: oneOf(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('The least important lines that are logged.'),
  CORS_ORIGINS: origins()
    .default(['*'])
    .describe(
      'Pages that may use the API and upload: origins separated by commas, or * for any (without cookies).',
    ),

  ...DATABASE_VARIABLES,

  S3_ENDPOINT: noted(httpAddress(), { byDefault: `AWS where a bucket is named, else ${EMBEDDED}` })
    .optional()
    .describe('S3-compatible server, as this process reaches it.'),
  S3_PUBLIC_ENDPOINT: noted(httpAddress(), { byDefault: 'S3_ENDPOINT' })
    .optional()
    .describe('The same server as clients reach it; signed URLs name it.'),
  S3_REGION: z.string().optional().describe('Region of the buckets; `auto` for R2.'),
  S3_ACCESS_KEY_ID: noted(z.string(), { byDefault: "on AWS the SDK's own chain: role, profile, environment" })
    .optional()
    .describe('Access key.'),
  S3_SECRET_ACCESS_KEY: noted(z.string(), { secret: true }).optional().describe('Its secret.'),
  S3_SIGNING_ACCESS_KEY_ID: noted(z.string(), { byDefault: 'S3_ACCESS_KEY_ID, or the chain' })
    .optional()
    .describe(
      'Access key that signs URLs and does nothing else: where the other one is a role, whose session ends within hours and its URLs with it.',
    ),
  S3_SIGNING_SECRET_ACCESS_KEY: noted(z.string(), { secret: true }).optional().describe('Its secret.'),
  S3_FORCE_PATH_STYLE: noted(flag(), { byDefault: 'as the vendor has it' })
    .optional()
    .describe('Whether buckets are named in the path (true) or in the host name (false).'),
  S3_VENDOR: noted(oneOf(S3_VENDORS), { byDefault: 'told by the host of S3_ENDPOINT' })
    .optional()
    .describe(
      'Whose quirks to expect; to be set for servers that run anywhere, such as MinIO and versitygw.',
    ),
  S3_SOURCE_BUCKET: z.string().optional().describe('Private bucket for what is uploaded.'),
  S3_MEDIA_BUCKET: z.string().optional().describe('Bucket for what is played.'),
  S3_NAME: noted(z.string(), { byDefault: 'host and buckets' })
    .optional()
    .describe(
      'What this storage is called where there are two; to be set where processes reach it by different addresses.',
    ),
  SECOND_STORAGE: noted(z.string(), { secret: true, byDefault: 'none' })
    .optional()
    .describe(
      'A second storage, while a library is moved or for good with two regions: its S3_, DELIVERY, CLOUDFRONT_ and SPACES_CDN_ variables as JSON, or the path of a file that holds them (docs/moving.md).',
    ),
  S3_PORT: noted(port(), { byDefault: 'PORT + 1' }).optional().describe('Port of the embedded S3 server.'),

  JWT_SECRET: noted(longSecret(32, 'must hold 32 bytes or more; make one: openssl rand -base64 48'), {
    secret: true,
    byDefault: FROM_SECRETS,
  })
    .optional()
    .describe('Shared secret of bearer tokens (HS256). Either this or JWT_JWKS_URL.'),
  JWT_JWKS_URL: httpAddress()
    .optional()
    .describe('Public keys of the issuer of bearer tokens. Needs JWT_ISSUER and JWT_AUDIENCE.'),
  JWT_ISSUER: z.string().optional().describe('What `iss` of a bearer token has to be.'),
  JWT_AUDIENCE: z
    .string()
    .optional()
    .describe('What `aud` has to hold, or `client_id` of an access token by Cognito has to be.'),
  WEBHOOK_SECRET: noted(webhookSecret(), { secret: true, byDefault: `${FROM_SECRETS}; in the image none` })
    .optional()
    .describe('Signs the webhooks under /api/webhooks (Standard Webhooks). Without it they answer 401.'),

  STORAGE_WEBHOOK_SECRET: noted(
    longSecret(32, 'must hold 32 bytes or more; make one: openssl rand -base64 48'),
    {
      secret: true,
      byDefault: 'made from WEBHOOK_SECRET on a laptop; in the image none',
    },
  )
    .optional()
    .describe(
      'Whoever tells of new objects sends it to /webhooks/storage as `x-sluice-secret`. Without it 401.',
    ),
  WEBHOOK_ALLOWED_NETWORKS: networks()
    .default([])
    .describe(
      "Networks that owners' webhooks may reach although they are not public, as CIDR separated by commas.",
    ),
  INGEST_URL: httpAddress().optional().describe('Where finished playlists are reported, with their videos.'),
  INGEST_TOKEN: noted(z.string(), { secret: true })
    .optional()
    .describe('Bearer token that INGEST_URL asks for.'),

  TRANSCODER: oneOf(TRANSCODER_NAMES)
    .default('ffmpeg')
    .describe(
      'Who makes the renditions: `ffmpeg` in the workers, `coconut` or `mediaconvert` elsewhere. UPLOAD_POLICIES may name another one for a policy.',
    ),
  TRANSCODER_FALLBACK: noted(oneOf(TRANSCODER_NAMES), { byDefault: 'none' })
    .optional()
    .describe('Who tries a video at which the first transcoder has failed for good.'),
  TRANSCODER_STORAGE: oneOf(['own', 'second'])
    .default('own')
    .describe(
      'Which of two storages the transcoders elsewhere were given: `second` for processes that put new videos into the other one (docs/multi-region.md).',
    ),
  PROVIDER_TIMEOUT_SECONDS: seconds(600, 7 * DAY_SECONDS)
    .default(DAY_SECONDS)
    .describe('After this long a job that a transcoder elsewhere still calls running counts as failed.'),
  COCONUT_API_KEY: noted(z.string(), { secret: true, byDefault: 'none; coconut is not used' })
    .optional()
    .describe('API key of a Coconut account. An account belongs to one region.'),
  COCONUT_REGION: oneOf(['us-east-1', 'us-west-2', 'eu-west-1'])
    .default('us-east-1')
    .describe('The region of that account.'),
  COCONUT_ENDPOINT: noted(httpAddress(), { byDefault: 'told by COCONUT_REGION' })
    .optional()
    .describe('Address of the Coconut API up to /v2, for a stand-in.'),
  COCONUT_WEBHOOK_SECRET: noted(
    longSecret(32, 'must hold 32 bytes or more; make one: openssl rand -base64 48'),
    { secret: true, byDefault: 'none' },
  )
    .optional()
    .describe("The secret in the webhook's URL of each job is made from this one."),
  COCONUT_STORAGE: noted(oneOf(['dospaces', 's3', 's3other']), {
    byDefault: 'told by S3_VENDOR: dospaces, s3, for any other server s3other',
  })
    .optional()
    .describe('What Coconut calls the storage that it writes to.'),
  COCONUT_STORAGE_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe(
      'Access key with which Coconut writes to the media bucket: one of its own that can do nothing else. It travels with every job and stays with Coconut.',
    ),
  COCONUT_STORAGE_SECRET_ACCESS_KEY: noted(z.string(), { secret: true }).optional().describe('Its secret.'),
  MEDIACONVERT_ROLE_ARN: noted(arn('iam', 'role'), { byDefault: 'none; mediaconvert is not used' })
    .optional()
    .describe('Role with which AWS Elemental MediaConvert reads the sources and writes the media bucket.'),
  MEDIACONVERT_QUEUE_ARN: noted(arn('mediaconvert', 'queues'), { byDefault: "the account's default queue" })
    .optional()
    .describe('Queue of its jobs; events of other queues are passed over.'),
  MEDIACONVERT_REGION: noted(z.string(), { byDefault: 'S3_REGION' })
    .optional()
    .describe('Region of that queue: the one of the buckets.'),
  MEDIACONVERT_ENDPOINT: noted(httpAddress(), { byDefault: 'told by the region' })
    .optional()
    .describe('Address of the MediaConvert API, for a stand-in.'),
  MEDIACONVERT_WEBHOOK_SECRET: noted(
    longSecret(32, 'must hold 32 bytes or more; make one: openssl rand -base64 48'),
    { secret: true, byDefault: 'none; the jobs are asked about instead' },
  )
    .optional()
    .describe('EventBridge sends it to /webhooks/mediaconvert as `x-sluice-secret`. Without it 401.'),

  DELIVERY: oneOf(['local', 'cloudfront', 'spaces-cdn'])
    .default('local')
    .describe(
      'Who serves playlists and segments: `local` is the API itself, the others stand before the media bucket.',
    ),
  CLOUDFRONT_URL: httpAddress()
    .optional()
    .describe(
      'Address of the CloudFront distribution whose origin is the media bucket, or of its own domain.',
    ),
  CLOUDFRONT_DISTRIBUTION_ID: z.string().optional().describe('Its id, for invalidations.'),
  SPACES_CDN_URL: httpAddress()
    .optional()
    .describe('Address of the CDN endpoint of the media bucket, or of its own domain.'),
  SPACES_CDN_ENDPOINT_ID: z.string().optional().describe('Its id, for purges.'),
  SPACES_CDN_TOKEN: noted(z.string(), { secret: true })
    .optional()
    .describe('API token of DigitalOcean that may purge that endpoint, and nothing else.'),
  FFMPEG_PATH: noted(z.string(), { byDefault: 'PATH, then the build from npm' })
    .optional()
    .describe('The ffmpeg program.'),
  FFPROBE_PATH: noted(z.string(), { byDefault: 'PATH, then the build from npm' })
    .optional()
    .describe('The ffprobe program.'),
  PATH: z.string().optional().describe('Folders where ffmpeg, ffprobe and prlimit are looked for.'),
  FFMPEG_MEMORY_MAX_BYTES: bytes(256 * MIB, 1024 ** 4)
    .default(8192 * MIB)
    .describe('Address space of one FFmpeg, where the machine has prlimit.'),
  TMP_DIR: noted(z.string(), { byDefault: 'SLUICE_DIR/tmp' })
    .optional()
    .describe('Folder for what waits between FFmpeg and storage.'),
  TMP_MAX_BYTES: bytes(64 * MIB, 1024 ** 4)
    .default(2048 * MIB)
    .describe('How much may wait there; FFmpeg is paused above it.'),
  SEGMENT_CONTAINER: oneOf(['fmp4', 'ts']).default('fmp4').describe('Form of the HLS segments.'),

  WORKER_CONCURRENCY: wholeNumber(1, 64)
    .default(4)
    .describe('Short jobs (probe, complete, purge) that one worker runs at once.'),
  TRANSCODE_CONCURRENCY: wholeNumber(1, 64)
    .default(1)
    .describe('Transcodes that one worker runs at once; a single FFmpeg keeps all cores busy.'),
  TRANSCODE_ATTEMPTS: wholeNumber(1, 10)
    .default(3)
    .describe('Failed attempts after which a video is FAILED.'),
  TRANSCODE_LEASE_SECONDS: seconds(9, 3600)
    .default(45)
    .describe('After this long without a sign of life an attempt is given to another worker.'),
  MAX_ACTIVE_JOBS_PER_OWNER: wholeNumber(1, 1000)
    .default(4)
    .describe('Transcodes of one owner at the same time; the rest wait their turn.'),
  UPLOAD_SESSION_TTL_SECONDS: seconds(60, 365 * DAY_SECONDS)
    .default(7 * DAY_SECONDS)
    .describe('How long an upload may rest before it expires.'),
  UPLOAD_POLICIES: noted(jsonOf(POLICY_OVERRIDES), { byDefault: "the contracts' own" })
    .default({})
    .describe(
      'What differs from the contracts\' own limits, as JSON: {"direct":{"maxSizeBytes":10737418240,"uploadsPerHour":null}}.',
    ),
  MAX_REQUEST_SECONDS: seconds(30, 86_400)
    .default(3600)
    .describe(
      'How long one request may take to arrive; a little less than what the load balancer allows (90 on App Platform).',
    ),
  RAW_BODY_MAX_BYTES: noted(bytes(1, 1024 ** 4), { byDefault: 'what the upload policy takes' })
    .optional()
    .describe(
      'How large a file may come as the body of POST /api/videos: what a usual client sends within MAX_REQUEST_SECONDS.',
    ),
  ARCHIVE_MAX_UNPACKED_BYTES: bytes(MIB, 1024 ** 5)
    .default(64 * 1024 * MIB)
    .describe('How much an uploaded ZIP may hold, unpacked.'),
  MP4_RENDITIONS: flag()
    .default(false)
    .describe(
      'Whether each HLS rendition gets an MP4 beside it, for clients that cannot play HLS. Needs fmp4.',
    ),
  ...KEEPING_VARIABLES,
  ...COST_VARIABLES,

  METRICS_PORT: noted(port(), { byDefault: 'none' })
    .optional()
    .describe(
      'Port on which a worker that runs alone answers /metrics and /health/live; the API has its own.',
    ),
  ECS_AGENT_URI: noted(httpAddress(), { byDefault: 'set by ECS in its own tasks' })
    .optional()
    .describe('Agent of Amazon ECS: a worker that encodes asks it not to be chosen when the fleet shrinks.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: noted(httpAddress(), { byDefault: 'off' })
    .optional()
    .describe('OpenTelemetry collector (OTLP over HTTP) for traces and metrics.'),
});

export type VariableName = keyof typeof CONFIG_SCHEMA.shape;
export const VARIABLE_NAMES = Object.keys(CONFIG_SCHEMA.shape) as VariableName[];
