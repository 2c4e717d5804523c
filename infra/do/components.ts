import type * as digitalocean from '@pulumi/digitalocean';
import type { Fleet } from '../settings.ts';
import { type InstanceSize, MIGRATE_SLUG, scaleOf } from './sizes.ts';

type Service = digitalocean.types.input.AppSpecService;
type Worker = digitalocean.types.input.AppSpecWorker;
type Job = digitalocean.types.input.AppSpecJob;
type Image = digitalocean.types.input.AppSpecServiceImage;

/** Where the image's roles listen (`PORT`, `METRICS_PORT` of the Dockerfile). */
export const API_PORT = 4000;
export const METRICS_PORT = 9464;

/** The image's own default role is `api`; the others are named. */
const runCommand = (role: 'worker' | 'migrate') => `/app/docker/entrypoint.sh ${role}`;

/** As long as the platform grants (R23): an encode that is done by then need not start again. */
const GRACE_SECONDS = 600;
/** Longer than a request may take, as short as the platform demands. */
const DRAIN_SECONDS = 100;

const MAIL = (email: string) => ({ destinations: { emails: [email] } });

/** What is watched of an instance; CPU is no alarm where FFmpeg is meant to use all of it. */
function instanceAlerts(email: string, watchesCpu: boolean) {
  const over = { operator: 'GREATER_THAN', ...MAIL(email) } as const;
  return [
    { rule: 'MEM_UTILIZATION', value: 85, window: 'TEN_MINUTES', ...over },
    { rule: 'RESTART_COUNT', value: 2, window: 'TEN_MINUTES', ...over },
    ...(watchesCpu ? [{ rule: 'CPU_UTILIZATION', value: 90, window: 'THIRTY_MINUTES', ...over }] : []),
  ];
}

/** By /health/live, as every balancer asks (R19): with the database away, restarts help nobody. */
function healthCheck(port: number) {
  return {
    httpPath: '/health/live',
    port,
    initialDelaySeconds: 10,
    periodSeconds: 10,
    timeoutSeconds: 5,
    successThreshold: 1,
    failureThreshold: 6,
  };
}

/** Requests from the world. */
export function apiService(image: Image, fleet: Fleet, size: InstanceSize, email: string): Service {
  return {
    name: 'api',
    image,
    httpPort: API_PORT,
    instanceSizeSlug: size.slug,
    ...scaleOf('api', fleet, size),
    healthCheck: healthCheck(API_PORT),
    livenessHealthCheck: healthCheck(API_PORT),
    termination: { drainSeconds: DRAIN_SECONDS, gracePeriodSeconds: GRACE_SECONDS },
    alerts: instanceAlerts(email, true),
  };
}

/** Jobs: probes, calls to Coconut, encodes. Its health is its lease loop's. */
export function workerComponent(image: Image, fleet: Fleet, size: InstanceSize, email: string): Worker {
  return {
    name: 'worker',
    image,
    runCommand: runCommand('worker'),
    instanceSizeSlug: size.slug,
    ...scaleOf('worker', fleet, size),
    livenessHealthCheck: healthCheck(METRICS_PORT),
    termination: { gracePeriodSeconds: GRACE_SECONDS },
    alerts: instanceAlerts(email, false),
  };
}

/** Before anything of a deploy is replaced. Left out, the kind would be after it. */
export function migrateJob(image: Image): Job {
  return {
    name: 'migrate',
    kind: 'PRE_DEPLOY',
    image,
    runCommand: runCommand('migrate'),
    instanceSizeSlug: MIGRATE_SLUG,
    instanceCount: 1,
    termination: { gracePeriodSeconds: GRACE_SECONDS },
  };
}

/** What is told of the app as a whole. */
export function appAlerts(email: string) {
  return ['DEPLOYMENT_FAILED', 'DOMAIN_FAILED'].map((rule) => ({ rule, ...MAIL(email) }));
}
