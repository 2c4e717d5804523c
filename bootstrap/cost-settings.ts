import type { CostSettings } from '#domain/cost/cost-settings.ts';
import type { NetworkName } from '#domain/cost/prices/delivery.ts';
import type { StoreName } from '#domain/cost/prices/storage.ts';
import { vendorOfEndpoint } from '#providers/storage/s3-vendors.ts';
import type { Config } from './config.ts';

/** Whose prices a deployment's costs are calculated with. */
export function costSettings(config: Config): CostSettings {
  const store = storeOf(config);
  return {
    machine: config.COST_MACHINE ?? (store === 'spaces' ? 'app-platform-dedicated' : 'fargate-x86'),
    machineUsdPerHour: config.COST_MACHINE_USD_PER_HOUR ?? null,
    transcodesPerMachine: config.TRANSCODE_CONCURRENCY,
    region: config.MEDIACONVERT_REGION ?? config.S3_REGION ?? 'us-east-1',
    store,
    network: NETWORKS[config.DELIVERY],
  };
}

const NETWORKS: Readonly<Record<Config['DELIVERY'], NetworkName | null>> = {
  local: null,
  cloudfront: 'cloudfront',
  'spaces-cdn': 'spaces-cdn',
};

/** Null where no price of the storage is known: a server of one's own. */
function storeOf({ S3_VENDOR: vendor, S3_ENDPOINT: endpoint, hasOwnStorage }: Config): StoreName | null {
  const name = vendor ?? (hasOwnStorage ? vendorOfEndpoint(endpoint).name : 'embedded');
  return STORES[name] ?? null;
}

const STORES: Readonly<Partial<Record<string, StoreName>>> = { aws: 's3', spaces: 'spaces' };
