import { type Config, type Output, output } from '@pulumi/pulumi';
import type { MachinePart, Platform, TranscodingPart } from '../platform.ts';
import { serviceSecretsFrom, transcoderWebhookSecret } from '../service-secrets.ts';
import type { Settings } from '../settings.ts';
import type { DataFacts } from './data.ts';
import type { DoSettings } from './do-settings.ts';
import { spacesEndpoint } from './regions.ts';
import { type InstanceSize, WORKER_SIZES } from './sizes.ts';
import type { StorageKeys } from './storage-keys.ts';

/** App Platform puts its own address in here. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is not ours to fill
const OWN_ADDRESS = '${APP_URL}';

/** Half of the 2 GiB that an instance has on disk: one that fills it up is replaced (R23). */
const TMP_MAX_BYTES = 1024 ** 3;

/** What DigitalOcean delivers, put together from the parts of the stack. */
export function platformOf(
  settings: Settings,
  { region, cdnToken, coconutApiKey, coconutRegion }: DoSettings,
  config: Config,
  { data, keys }: { readonly data: DataFacts; readonly keys: StorageKeys },
): Platform {
  return {
    cloud: 'do',
    publicUrl: output(settings.domain === null ? OWN_ADDRESS : `https://${settings.domain}`),
    storage: {
      vendor: 'spaces',
      region,
      endpoint: output(spacesEndpoint(region)),
      sourceBucket: data.sourceBucket,
      mediaBucket: data.mediaBucket,
      key: keys.service,
      signingKey: null,
    },
    delivery: {
      kind: 'spaces-cdn',
      url: data.playbackUrl,
      endpointId: data.cdnEndpointId,
      token: cdnToken(),
    },
    database: data.database,
    transcoding: transcodingPart(keys, {
      apiKey: coconutApiKey,
      region: coconutRegion,
      webhookSecret: () => transcoderWebhookSecret(config),
    }),
    secrets: serviceSecretsFrom(config, settings),
    machine: machinePart(workerSize(settings)),
  };
}

/** Coconut has a key to storage, so it transcodes; else the workers do. */
function transcodingPart(
  { coconut }: Pick<StorageKeys, 'coconut'>,
  account: { apiKey: () => Output<string>; region: string; webhookSecret: () => Output<string> },
): TranscodingPart {
  if (coconut === null) return { kind: 'ffmpeg' };
  return {
    kind: 'coconut',
    apiKey: account.apiKey(),
    region: account.region,
    storageKey: coconut,
    webhookSecret: account.webhookSecret(),
  };
}

/** What a worker runs on: small where it only calls, unless the fallback has to encode. */
export function workerSize({ transcoder, service, worker }: Settings): InstanceSize {
  const encodes = transcoder === 'ffmpeg' || service.transcoderFallback === 'ffmpeg';
  return WORKER_SIZES[encodes ? 'encodes' : 'calls'][worker.size];
}

/** With which price FFmpeg's costs are calculated: two cores of the same kind cost the same on every size. */
export function machinePart({ isDedicated }: InstanceSize): MachinePart {
  return {
    costMachine: isDedicated ? 'app-platform-dedicated' : 'app-platform-shared',
    tmpMaxBytes: TMP_MAX_BYTES,
  };
}
