import type { Config, Output } from '@pulumi/pulumi';
import { refuseTooManyConnections } from '../connections.ts';
import type { ServiceSecrets } from '../platform.ts';
import { serviceSecretsFrom, transcoderWebhookSecret } from '../service-secrets.ts';
import type { Fleet, Settings } from '../settings.ts';
import { DATABASE_SIZES } from './database-sizes.ts';
import type { DoSettings } from './do-settings.ts';
import { type ImageSource, imageSource } from './image.ts';
import { API_SIZES, type InstanceSize, instancesAtMost, WORKER_SIZES } from './sizes.ts';

/** Secrets of the application. All are secret outputs. */
export interface ApplicationSecrets {
  readonly service: ServiceSecrets;
  /** May purge CDNs, those of both regions: it is of the account. */
  readonly cdnToken: Output<string>;
  /** Null where the workers transcode. */
  readonly coconut: { readonly apiKey: Output<string>; readonly webhookSecret: Output<string> } | null;
}

/** How many instances of one role run, and on what. */
export interface RolePlan {
  readonly fleet: Fleet;
  readonly size: InstanceSize;
}

export interface ApplicationPlan {
  readonly api: RolePlan;
  readonly worker: RolePlan;
  readonly image: ImageSource;
  readonly secrets: ApplicationSecrets;
}

/**
 * What the configuration of an application comes to. Makes nothing, so that a stack whose application cannot be has not
 * begun with its database. Throws one line that names the key.
 */
export function applicationPlan(settings: Settings, own: DoSettings, config: Config): ApplicationPlan {
  const { service, database, secondRegion } = settings;
  const api = { fleet: settings.api, size: API_SIZES[settings.api.size] };
  const worker = { fleet: settings.worker, size: workerSize(settings) };
  const regions = secondRegion !== null && own.secondApi ? 2 : 1;
  refuseTooManyConnections(
    {
      api: regions * instancesAtMost(api.fleet, api.size),
      worker: instancesAtMost(worker.fleet, worker.size),
    },
    service.databasePoolSize,
    DATABASE_SIZES[database.size].connectionsMax,
  );
  return {
    api,
    worker,
    image: imageSource(settings.image),
    secrets: {
      service: serviceSecretsFrom(config, settings),
      cdnToken: own.cdnToken(),
      coconut:
        settings.transcoder === 'coconut'
          ? { apiKey: own.coconutApiKey(), webhookSecret: transcoderWebhookSecret(config) }
          : null,
    },
  };
}

/**
 * What a worker runs on: small where it only calls, unless the fallback has to encode, or the videos of a second region
 * have to be: those no transcoder reaches that works elsewhere.
 */
function workerSize({ transcoder, service, worker, secondRegion }: Settings): InstanceSize {
  const encodes = transcoder === 'ffmpeg' || service.transcoderFallback === 'ffmpeg' || secondRegion !== null;
  return WORKER_SIZES[encodes ? 'encodes' : 'calls'][worker.size];
}
