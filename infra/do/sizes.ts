import type { Fleet, Size } from '../settings.ts';

/** One size of App Platform's instances. */
export interface InstanceSize {
  readonly slug: string;
  /** App Platform scales by load only what has a CPU of its own. */
  readonly isDedicated: boolean;
}

/** The API waits for others most of the time. */
export const API_SIZES: Readonly<Record<Size, InstanceSize>> = {
  small: { slug: 'apps-s-1vcpu-1gb', isDedicated: false },
  medium: { slug: 'apps-d-1vcpu-2gb', isDedicated: true },
  large: { slug: 'apps-d-2vcpu-4gb', isDedicated: true },
};

/** FFmpeg keeps two cores busy and takes 0.6 GB at 1080p; where Coconut transcodes, a worker only probes and calls. */
export const WORKER_SIZES: Readonly<Record<'encodes' | 'calls', Readonly<Record<Size, InstanceSize>>>> = {
  encodes: {
    small: { slug: 'apps-s-2vcpu-4gb', isDedicated: false },
    medium: { slug: 'apps-d-2vcpu-4gb', isDedicated: true },
    large: { slug: 'apps-d-4vcpu-8gb', isDedicated: true },
  },
  calls: {
    small: { slug: 'apps-s-1vcpu-2gb', isDedicated: false },
    medium: { slug: 'apps-d-1vcpu-2gb', isDedicated: true },
    large: { slug: 'apps-d-2vcpu-4gb', isDedicated: true },
  },
};

/** Runs for seconds in each deploy. */
export const MIGRATE_SLUG = 'apps-s-1vcpu-1gb';

/** CPU in use, in percent of all instances, at which another one is started. */
const SCALE_AT_CPU_PERCENT = { api: 70, worker: 80 } as const;

export type Scale =
  | { readonly instanceCount: number }
  | {
      readonly autoscaling: {
        readonly minInstanceCount: number;
        readonly maxInstanceCount: number;
        readonly metrics: { readonly cpu: { readonly percent: number } };
      };
    };

/** How many instances run: from min to max by load on dedicated sizes, min on shared ones. */
export function scaleOf(role: 'api' | 'worker', fleet: Fleet, size: InstanceSize): Scale {
  if (!size.isDedicated || fleet.max === fleet.min) return { instanceCount: fleet.min };
  return {
    autoscaling: {
      minInstanceCount: fleet.min,
      maxInstanceCount: fleet.max,
      metrics: { cpu: { percent: SCALE_AT_CPU_PERCENT[role] } },
    },
  };
}

/** The most instances that `scaleOf` lets run. */
export function instancesAtMost(fleet: Fleet, { isDedicated }: InstanceSize): number {
  return isDedicated ? fleet.max : fleet.min;
}
