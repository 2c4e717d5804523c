import { type Config, type Output, output } from '@pulumi/pulumi';
import type { AccessKey, MachinePart, Platform, SecondStoragePart, TranscodingPart } from '../platform.ts';
import { serviceSecretsFrom, transcoderWebhookSecret } from '../service-secrets.ts';
import type { Settings } from '../settings.ts';
import type { DataFacts } from './data.ts';
import type { DoSettings } from './do-settings.ts';
import { spacesEndpoint } from './regions.ts';
import { type InstanceSize, WORKER_SIZES } from './sizes.ts';
import type { StorageFacts } from './storage.ts';
import type { StorageKeys } from './storage-keys.ts';

/** App Platform puts its own address in here. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is not ours to fill
const OWN_ADDRESS = '${APP_URL}';

/** Half of the 2 GiB that an instance has on disk: one that fills it up is replaced (R23). */
const TMP_MAX_BYTES = 1024 ** 3;

/** What the service is given of storage: the home's, with Coconut's key, and the second region's. */
export interface Keys {
  readonly home: StorageKeys;
  readonly second: StorageKeys | null;
}

/** What DigitalOcean delivers to the home's application, put together from the parts of the stack. */
export function platformOf(
  settings: Settings,
  { cdnToken, coconutApiKey, coconutRegion }: DoSettings,
  config: Config,
  { data, keys }: { readonly data: DataFacts; readonly keys: Keys },
): Platform {
  const second =
    data.second && keys.second ? storageParts(data.second, keys.second.service, cdnToken()) : null;
  return {
    cloud: 'do',
    publicUrl: output(settings.domain === null ? OWN_ADDRESS : `https://${settings.domain}`),
    ...storageParts(data.storage, keys.home.service, cdnToken()),
    ...(second && { second }),
    database: data.database,
    transcoding: transcodingPart(keys.home, {
      apiKey: coconutApiKey,
      region: coconutRegion,
      webhookSecret: () => transcoderWebhookSecret(config),
    }),
    secrets: serviceSecretsFrom(config, settings),
    machine: machinePart(workerSize(settings)),
  };
}

/** The same as the second region's application sees it: new videos go to the storage there, and the home's is the other. */
export function seenFromSecond(platform: Platform & { readonly second: SecondStoragePart }): Platform {
  const { storage, delivery, second } = platform;
  return { ...platform, ...second, second: { storage, delivery } };
}

/** One token serves both CDNs: it is of the account. */
function storageParts(facts: StorageFacts, key: AccessKey, token: Output<string>): SecondStoragePart {
  const { region, sourceBucket, mediaBucket } = facts;
  return {
    storage: {
      vendor: 'spaces',
      region,
      endpoint: output(spacesEndpoint(region)),
      sourceBucket,
      mediaBucket,
      key,
      signingKey: null,
    },
    delivery: { kind: 'spaces-cdn', url: facts.playbackUrl, endpointId: facts.cdnEndpointId, token },
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

/**
 * What a worker runs on: small where it only calls, unless the fallback has to encode, or the videos of a second region
 * have to be: those no transcoder reaches that works elsewhere.
 */
export function workerSize({ transcoder, service, worker, secondRegion }: Settings): InstanceSize {
  const encodes = transcoder === 'ffmpeg' || service.transcoderFallback === 'ffmpeg' || secondRegion !== null;
  return WORKER_SIZES[encodes ? 'encodes' : 'calls'][worker.size];
}

/** With which price FFmpeg's costs are calculated: two cores of the same kind cost the same on every size. */
export function machinePart({ isDedicated }: InstanceSize): MachinePart {
  return {
    costMachine: isDedicated ? 'app-platform-dedicated' : 'app-platform-shared',
    tmpMaxBytes: TMP_MAX_BYTES,
  };
}
