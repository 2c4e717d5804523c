import { API_PORT } from '../network/security-groups.ts';
import type { FargateSize } from './fargate-sizes.ts';

/** Of a worker; the image sets it. */
export const WORKER_METRICS_PORT = 9464;
/** Fargate kills after that long at most; an encode is handed back well before (R7, R23). */
const STOP_SECONDS_MAX = 120;

/** A value that the task gets from Secrets Manager. */
export interface SecretVariable {
  readonly name: string;
  /** `ARN:KEY::VERSION` of one member of the secret. */
  readonly valueFrom: string;
}

export interface ContainerFacts {
  readonly image: string;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly SecretVariable[];
  readonly region: string;
  readonly logGroup: string;
  readonly size: FargateSize;
}

type Json = Readonly<Record<string, unknown>>;

/** The only place that a process may write to: the root is read-only. */
const TMP = { sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false } as const;
export const VOLUMES = [{ name: TMP.sourceVolume }] as const;

/**
 * The containers of a service's task: who makes /tmp writable, then the role itself; and the collector beside it, whose
 * end ends nothing.
 */
export function serviceContainers(
  role: 'api' | 'worker',
  facts: ContainerFacts,
  collector: { readonly image: string; readonly config: string },
): Json[] {
  return [
    tmpOwner(facts),
    {
      ...process(role, facts),
      essential: true,
      dependsOn: [after('tmp-owner')],
      ...(role === 'api' && { portMappings: [{ containerPort: API_PORT, protocol: 'tcp' }] }),
      healthCheck: {
        command: ['CMD', 'node', 'docker/healthcheck.ts'],
        interval: 10,
        timeout: 5,
        retries: 3,
        startPeriod: 60,
      },
      stopTimeout: STOP_SECONDS_MAX,
    },
    {
      name: 'collector',
      image: collector.image,
      essential: false,
      environment: [{ name: 'AOT_CONFIG_CONTENT', value: collector.config }],
      memoryReservation: 128,
      readonlyRootFilesystem: true,
      logConfiguration: logsTo(facts, 'collector'),
    },
  ];
}

/** One container that does what it is told and ends: the migration before services change, or `ops` by other words. */
export function onceContainers(facts: ContainerFacts): Json[] {
  return [
    tmpOwner(facts),
    {
      ...process('migrate', facts),
      essential: true,
      dependsOn: [after('tmp-owner')],
      stopTimeout: STOP_SECONDS_MAX,
    },
  ];
}

function process(role: 'api' | 'worker' | 'migrate', facts: ContainerFacts): Json {
  return {
    name: role,
    image: facts.image,
    command: [role],
    environment: facts.environment,
    secrets: facts.secrets,
    mountPoints: [TMP],
    readonlyRootFilesystem: true,
    // Node is no init: what FFmpeg leaves behind has to be reaped.
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
    logConfiguration: logsTo(facts, role),
  };
}

/** A volume of Fargate belongs to root, and the service is none: /tmp gets the rights that it has everywhere. */
function tmpOwner(facts: ContainerFacts): Json {
  return {
    name: 'tmp-owner',
    image: facts.image,
    user: '0',
    entryPoint: ['/bin/chmod'],
    command: ['1777', TMP.containerPath],
    essential: false,
    mountPoints: [TMP],
    readonlyRootFilesystem: true,
    logConfiguration: logsTo(facts, 'tmp-owner'),
  };
}

function after(containerName: string): Json {
  return { containerName, condition: 'SUCCESS' };
}

function logsTo({ logGroup, region }: Pick<ContainerFacts, 'logGroup' | 'region'>, prefix: string): Json {
  return {
    logDriver: 'awslogs',
    options: { 'awslogs-group': logGroup, 'awslogs-region': region, 'awslogs-stream-prefix': prefix },
  };
}
