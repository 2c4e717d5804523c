import { type Input, jsonStringify, type Output, output } from '@pulumi/pulumi';
import type {
  DeliveryPart,
  MachinePart,
  Platform,
  SecondStoragePart,
  StoragePart,
  TranscodingPart,
} from './platform.ts';
import type { ServiceSettings } from './settings.ts';

/** One variable of a process. A secret goes through the cloud's own store of secrets, never in plain text. */
export interface Variable {
  readonly name: string;
  readonly value: Input<string>;
  readonly isSecret: boolean;
}

/**
 * The environment of the service on this platform, the same for its api, its worker and its migration. What a variable
 * means stands in docs/configuration.md; that the service takes all of it is tested.
 */
export function environmentOf(platform: Platform, settings: ServiceSettings): Variable[] {
  const { database, secrets } = platform;
  return [
    plain('PUBLIC_URL', platform.publicUrl),
    plain('CORS_ORIGINS', settings.corsOrigins),
    secret('DATABASE_URL', database.url),
    ...(database.caCertificate === null ? [] : [plain('DATABASE_CA_CERT', database.caCertificate)]),
    plain('DATABASE_POOL_SIZE', String(settings.databasePoolSize)),
    ...ofStorage(platform.storage),
    ...ofDelivery(platform.delivery),
    ...ofSecond(platform.second),
    ...ofTranscoding(platform.transcoding, settings),
    ...(platform.transcodedStorage ? [plain('TRANSCODER_STORAGE', platform.transcodedStorage)] : []),
    ...ofTokens(secrets.jwt, settings),
    secret('WEBHOOK_SECRET', secrets.webhook),
    secret('STORAGE_WEBHOOK_SECRET', secrets.storageWebhook),
    plain('MAX_REQUEST_SECONDS', String(settings.maxRequestSeconds)),
    ...ofMachine(platform.machine),
    ...(settings.canarySubject === undefined ? [] : [plain('CANARY_SUBJECT', settings.canarySubject)]),
    ...(settings.otlpEndpoint === null ? [] : [plain('OTEL_EXPORTER_OTLP_ENDPOINT', settings.otlpEndpoint)]),
  ];
}

function ofStorage(storage: StoragePart): Variable[] {
  return [
    plain('S3_VENDOR', storage.vendor),
    plain('S3_REGION', storage.region),
    plain('S3_SOURCE_BUCKET', storage.sourceBucket),
    plain('S3_MEDIA_BUCKET', storage.mediaBucket),
    ...(storage.endpoint === null ? [] : [plain('S3_ENDPOINT', storage.endpoint)]),
    ...(storage.key === null
      ? []
      : [plain('S3_ACCESS_KEY_ID', storage.key.id), secret('S3_SECRET_ACCESS_KEY', storage.key.secret)]),
    ...(storage.signingKey === null
      ? []
      : [
          plain('S3_SIGNING_ACCESS_KEY_ID', storage.signingKey.id),
          secret('S3_SIGNING_SECRET_ACCESS_KEY', storage.signingKey.secret),
        ]),
  ];
}

/** All of it in one variable, as the service reads it; a secret, since keys are in it. */
function ofSecond(second: SecondStoragePart | undefined): Variable[] {
  if (second === undefined) return [];
  const variables = [...ofStorage(second.storage), ...ofDelivery(second.delivery)];
  const values = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
  return [secret('SECOND_STORAGE', jsonStringify(values))];
}

function ofDelivery(delivery: DeliveryPart): Variable[] {
  if (delivery.kind === 'cloudfront')
    return [
      plain('DELIVERY', 'cloudfront'),
      plain('CLOUDFRONT_URL', delivery.url),
      plain('CLOUDFRONT_DISTRIBUTION_ID', delivery.distributionId),
    ];
  return [
    plain('DELIVERY', 'spaces-cdn'),
    plain('SPACES_CDN_URL', delivery.url),
    plain('SPACES_CDN_ENDPOINT_ID', delivery.endpointId),
    secret('SPACES_CDN_TOKEN', delivery.token),
  ];
}

function ofTranscoding(transcoding: TranscodingPart, settings: ServiceSettings): Variable[] {
  const chosen = [
    plain('TRANSCODER', transcoding.kind),
    ...(settings.transcoderFallback === null
      ? []
      : [plain('TRANSCODER_FALLBACK', settings.transcoderFallback)]),
  ];
  if (transcoding.kind === 'mediaconvert')
    return [
      ...chosen,
      plain('MEDIACONVERT_ROLE_ARN', transcoding.roleArn),
      plain('MEDIACONVERT_QUEUE_ARN', transcoding.queueArn),
      secret('MEDIACONVERT_WEBHOOK_SECRET', transcoding.webhookSecret),
    ];
  if (transcoding.kind === 'coconut')
    return [
      ...chosen,
      secret('COCONUT_API_KEY', transcoding.apiKey),
      plain('COCONUT_REGION', transcoding.region),
      plain('COCONUT_STORAGE_ACCESS_KEY_ID', transcoding.storageKey.id),
      secret('COCONUT_STORAGE_SECRET_ACCESS_KEY', transcoding.storageKey.secret),
      secret('COCONUT_WEBHOOK_SECRET', transcoding.webhookSecret),
    ];
  return chosen;
}

function ofMachine(machine: MachinePart | undefined): Variable[] {
  if (machine === undefined) return [];
  const { costMachine, tmpMaxBytes } = machine;
  return [
    plain('COST_MACHINE', costMachine),
    ...(tmpMaxBytes === null ? [] : [plain('TMP_MAX_BYTES', String(tmpMaxBytes))]),
  ];
}

function ofTokens(jwtSecret: Output<string> | null, { tokens }: ServiceSettings): Variable[] {
  if (jwtSecret !== null) return [secret('JWT_SECRET', jwtSecret)];
  if (tokens.kind === 'secret')
    throw new Error('Bearer tokens are signed by a secret, but the platform has none');
  return [
    plain('JWT_JWKS_URL', tokens.jwksUrl),
    plain('JWT_ISSUER', tokens.issuer),
    plain('JWT_AUDIENCE', tokens.audience),
  ];
}

function plain(name: string, value: Input<string>): Variable {
  return { name, value, isSecret: false };
}

function secret(name: string, value: Input<string>): Variable {
  return { name, value: output(value), isSecret: true };
}
