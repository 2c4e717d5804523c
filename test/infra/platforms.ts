import { output, secret } from '@pulumi/pulumi';
import type { AccessKey, Platform } from '#infra/platform.ts';
import type { ServiceSettings } from '#infra/settings.ts';

const WEBHOOK = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const LONG = 'x'.repeat(40);
const key = (id: string): AccessKey => ({ id: output(id), secret: secret(`${id}-secret`) });

/** What each cloud delivers, with the values that a real one would have. */
export const PLATFORMS = {
  aws: {
    cloud: 'aws',
    publicUrl: output('https://d111111abcdef8.cloudfront.net'),
    storage: {
      vendor: 'aws',
      region: 'eu-central-1',
      endpoint: null,
      sourceBucket: output('sluice-sources'),
      mediaBucket: output('sluice-media'),
      key: null,
      signingKey: key('AKIASIGNING'),
    },
    delivery: {
      kind: 'cloudfront',
      url: output('https://d222222abcdef8.cloudfront.net'),
      distributionId: output('E2QWRUHEXAMPLE'),
    },
    database: {
      url: secret('postgres://sluice:secret@db.internal:5432/sluice'),
      caCertificate: null,
      connectionsMax: 200,
    },
    transcoding: {
      kind: 'mediaconvert',
      roleArn: output('arn:aws:iam::111122223333:role/sluice-mediaconvert'),
      queueArn: output('arn:aws:mediaconvert:eu-central-1:111122223333:queues/sluice'),
      webhookSecret: secret(LONG),
    },
    secrets: { webhook: secret(WEBHOOK), storageWebhook: secret(LONG), jwt: secret(LONG) },
  },
  do: {
    cloud: 'do',
    publicUrl: output('https://sluice-abc.ondigitalocean.app'),
    storage: {
      vendor: 'spaces',
      region: 'fra1',
      endpoint: output('https://fra1.digitaloceanspaces.com'),
      sourceBucket: output('sluice-sources'),
      mediaBucket: output('sluice-media'),
      key: key('DO00SLUICE'),
      signingKey: null,
    },
    delivery: {
      kind: 'spaces-cdn',
      url: output('https://sluice-media.fra1.cdn.digitaloceanspaces.com'),
      endpointId: output('19f06b6a-3ace-4315-b086-499a0e521b76'),
      token: secret('dop_v1_token'),
    },
    database: {
      url: secret('postgres://sluice:secret@db.example.com:25060/sluice?sslmode=require'),
      caCertificate: output(''),
      connectionsMax: 97,
    },
    transcoding: {
      kind: 'coconut',
      apiKey: secret('k-api'),
      region: 'eu-west-1',
      storageKey: key('DO00COCONUT'),
      webhookSecret: secret(LONG),
    },
    secrets: { webhook: secret(WEBHOOK), storageWebhook: secret(LONG), jwt: secret(LONG) },
  },
} as const satisfies Record<string, Platform>;

export const SERVICE_SETTINGS: ServiceSettings = {
  corsOrigins: 'https://app.example.com',
  databasePoolSize: 5,
  transcoderFallback: 'ffmpeg',
  tokens: { kind: 'secret' },
  maxRequestSeconds: 90,
  otlpEndpoint: null,
};
