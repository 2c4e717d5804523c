import { type Output, output } from '@pulumi/pulumi';
import type { AccessKey, MachinePart, Platform, SecondStoragePart, TranscodingPart } from '../platform.ts';
import type { Settings } from '../settings.ts';
import type { ApplicationPlan, ApplicationSecrets } from './application-plan.ts';
import type { DataFacts } from './data.ts';
import { spacesEndpoint } from './regions.ts';
import type { InstanceSize } from './sizes.ts';
import type { StorageFacts } from './storage.ts';
import type { StorageKeys } from './storage-keys.ts';

/** App Platform puts its own address in here. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is not ours to fill
const OWN_ADDRESS = '${APP_URL}';

/** Half of the 2 GiB that an instance has on disk: one that fills it up is replaced (R23). */
const TMP_MAX_BYTES = 1024 ** 3;

/** What the platform is put together from. */
export interface PlatformParts {
  readonly data: DataFacts;
  readonly plan: ApplicationPlan;
  readonly coconutRegion: string;
  /** The home's, with Coconut's, and those of the second region. */
  readonly keys: { readonly home: StorageKeys; readonly second: StorageKeys | null };
}

/** What DigitalOcean delivers to the home's application. */
export function platformOf(
  { domain }: Pick<Settings, 'domain'>,
  { data, plan, coconutRegion, keys }: PlatformParts,
): Platform {
  const { secrets, worker } = plan;
  const second =
    data.second && keys.second ? storageParts(data.second, keys.second.service, secrets.cdnToken) : null;
  return {
    cloud: 'do',
    publicUrl: output(domain === null ? OWN_ADDRESS : `https://${domain}`),
    ...storageParts(data.storage, keys.home.service, secrets.cdnToken),
    ...(second && { second }),
    database: data.database,
    transcoding: transcodingPart(secrets.coconut, keys.home.coconut, coconutRegion),
    secrets: secrets.service,
    machine: machinePart(worker.size),
  };
}

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
  secrets: ApplicationSecrets['coconut'],
  storageKey: AccessKey | null,
  region: string,
): TranscodingPart {
  if (secrets === null || storageKey === null) return { kind: 'ffmpeg' };
  return { kind: 'coconut', ...secrets, region, storageKey };
}

/** With which price FFmpeg's costs are calculated: two cores of the same kind cost the same on every size. */
export function machinePart({ isDedicated }: InstanceSize): MachinePart {
  return {
    costMachine: isDedicated ? 'app-platform-dedicated' : 'app-platform-shared',
    tmpMaxBytes: TMP_MAX_BYTES,
  };
}
