import { vendorOfEndpoint } from '#providers/storage/s3-vendors.ts';
import { coconutTranscoder } from '#providers/transcoders/coconut/coconut-transcoder.ts';
import { endpointOf } from '#providers/transcoders/coconut/endpoint.ts';
import { DEFAULT_ISOLATION, isolatedCalls } from '#providers/transcoders/coconut/isolated-call.ts';
import type { OutputStorage } from '#providers/transcoders/coconut/output-storage.ts';
import type { NotifyingTranscoder } from '#providers/transcoders/transcoder.ts';
import type { ResolvedConfig } from './config.ts';
import { outputPlaylists } from './output-playlists.ts';
import type { RemoteParts } from './remote-parts.ts';

/** Null where the deployment has not set it up. Nothing is asked of Coconut here. */
export function composeCoconut(
  config: ResolvedConfig,
  { sources, media, log }: RemoteParts,
): NotifyingTranscoder | null {
  const {
    COCONUT_API_KEY: apiKey,
    COCONUT_WEBHOOK_SECRET: webhookSecret,
    COCONUT_STORAGE_ACCESS_KEY_ID: accessKeyId,
    COCONUT_STORAGE_SECRET_ACCESS_KEY: secretAccessKey,
  } = config;
  // By half it cannot be set up: the configuration's own rules refuse that.
  if (!apiKey || !webhookSecret || !accessKeyId || !secretAccessKey) return null;
  const webhookUrl = `${config.PUBLIC_URL.replace(/\/$/, '')}/webhooks/coconut`;
  if (!config.COCONUT_ENDPOINT && isOwnMachine(webhookUrl))
    log.warn(
      { webhookUrl },
      'Coconut cannot reach this address: its jobs are asked about instead. Set PUBLIC_URL to one that it can.',
    );
  const endpoint = (config.COCONUT_ENDPOINT ?? endpointOf(config.COCONUT_REGION)).replace(/\/$/, '');
  return coconutTranscoder({
    call: isolatedCalls({ apiKey, endpoint }, DEFAULT_ISOLATION),
    apiKey,
    storage: outputStorage(config, { accessKeyId, secretAccessKey }),
    webhookUrl,
    webhookSecret,
    presignSource: async (key, urlTtlSeconds) => (await sources.presignGet(key, { urlTtlSeconds })).url,
    playlists: outputPlaylists(media),
  });
}

/** What Coconut calls our media bucket's service, and how it gets there. */
function outputStorage(config: ResolvedConfig, credentials: OutputStorage['credentials']): OutputStorage {
  // Coconut is a client of storage: it comes from outside.
  const endpoint = config.S3_PUBLIC_ENDPOINT ?? config.S3_ENDPOINT;
  const vendor = config.S3_VENDOR ?? vendorOfEndpoint(config.S3_ENDPOINT).name;
  const byVendor = vendor === 'spaces' ? 'dospaces' : vendor === 'aws' ? 's3' : 's3other';
  const service = config.COCONUT_STORAGE ?? byVendor;
  const bucket = { bucket: config.S3_MEDIA_BUCKET, credentials };
  const region = config.S3_REGION;
  if (service === 'dospaces')
    return { ...bucket, service, region: spacesRegion(config.S3_ENDPOINT) ?? region };
  if (service === 's3' || !endpoint) return { ...bucket, service: 's3', region };
  const forcePathStyle = config.S3_FORCE_PATH_STYLE ?? true;
  return { ...bucket, service, region, endpoint, forcePathStyle };
}

/** Clients of Spaces may sign for any region, but its name is in its host: `https://nyc3.digitaloceanspaces.com`. */
function spacesRegion(endpoint: string | undefined): string | null {
  return (
    /(?:^|\.)([a-z0-9]+)\.digitaloceanspaces\.com$/.exec(URL.parse(endpoint ?? '')?.hostname ?? '')?.[1] ??
    null
  );
}

function isOwnMachine(address: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(address).hostname);
}
