import { rootCertificates } from 'node:tls';
import { secret } from '@pulumi/pulumi';
import { recorderOf } from '../recording.ts';

/** What the secrets of the stack are; none of them may be seen anywhere else. */
export const SECRETS = {
  webhookSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  storageWebhookSecret: 'storage-webhook-secret-of-more-than-32-characters',
  jwtSecret: 'jwt-secret-that-is-longer-than-32-characters',
  transcoderWebhookSecret: 'transcoder-webhook-secret-longer-than-32',
  coconutApiKey: 'k-coconut-api-key',
  spacesCdnToken: 'dop_v1_cdn_token',
} as const;

export const CONFIG = {
  region: 'fra1',
  cloud: 'do',
  environment: 'production',
  image: `ghcr.io/example/sluice@sha256:${'0a'.repeat(32)}`,
  alarmEmail: 'ops@example.com',
} as const;

/** The platform's own name for an app. */
export const liveUrlOf = (app: string) => `https://${app}-x7k2p.ondigitalocean.app`;
export const LIVE_URL = liveUrlOf('sluice-production');
/** Any real one: the service looks at it. */
const [PEM = ''] = rootCertificates;

/** What a real resource would answer beside its inputs. */
function stateOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type.split(':').at(-1)) {
    case 'SpacesBucket': {
      const bucket = `${name}-1a2b3c4`;
      return {
        name: bucket,
        bucketUrn: `do:space:${bucket}`,
        bucketDomainName: `${bucket}.${inputs.region}.digitaloceanspaces.com`,
      };
    }
    case 'SpacesKey':
      return { accessKey: `DO00-${name}`, secretKey: secret(`secret-key-of-${name}`) };
    case 'Cdn':
      return { endpoint: String(inputs.origin).replace('.digitalocean', '.cdn.digitalocean') };
    case 'Certificate':
      return { name: `${name}-certificate` };
    case 'DatabaseCluster':
      return {
        user: 'doadmin',
        password: secret('database-password'),
        privateHost: `private-${name}.db.ondigitalocean.com`,
        port: 25060,
      };
    case 'App':
      return { defaultIngress: liveUrlOf(name) };
    default:
      return {};
  }
}

export const record = recorderOf({
  cloud: 'do',
  secrets: SECRETS,
  providerConfig: {},
  stateOf,
  answerOf: (_, inputs) => ({ ...inputs, id: 'ca', certificate: PEM }),
});
