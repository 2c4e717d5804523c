import * as aws from '@pulumi/aws';
import { type Input, log, output, type Resource, ResourceHook } from '@pulumi/pulumi';
import { type Clock, type Limits, type OneOffTask, runToEnd, type TaskRunner } from './one-off-task.ts';

/** The container whose exit code counts; `onceContainers` has it. */
const CONTAINER = 'migrate';
const START_MAX_SECONDS = 10 * 60;
const POLL_SECONDS = 5;

/** Where the migration runs: as the services do. */
export interface MigrationPlan extends Omit<OneOffTask, 'container'> {
  readonly region: string;
  readonly logGroup: string;
}

/** What services wait for. */
export interface Migration {
  readonly hook: ResourceHook;
  /** What has to stand before it can run. */
  readonly needs: readonly Resource[];
}

/**
 * What services do before they are created or changed: this release's migration, as a task of its own, to its end. All
 * that share the hook share the one task of an `up`. A preview runs none.
 *
 * @param maxMinutes how long a migration may take
 */
export function migrationHook(
  name: string,
  plan: { readonly [K in keyof MigrationPlan]: Input<MigrationPlan[K]> },
  maxMinutes: number,
): ResourceHook {
  refuseAssumedRoles();
  // Known before any service is, as services depend on all that is in it; a preview never asks.
  const known = new Promise<MigrationPlan>((resolve) => {
    output(plan).apply((all) => resolve(all as MigrationPlan));
  });
  const limits = {
    startMaxSeconds: START_MAX_SECONDS,
    runMaxSeconds: maxMinutes * 60,
    pollSeconds: POLL_SECONDS,
  };
  const migrate = once(async () => {
    const facts = await known;
    await migrateDatabase(await ecsOf(facts.region), facts, limits, CLOCK, (line) => log.info(line));
  });
  return new ResourceHook(name, migrate);
}

/** The first call does the work; every other waits for the same end. */
export function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

/**
 * @param say where it is told what runs
 * @throws Error with one line when the schema is not known to be this release's
 */
export async function migrateDatabase(
  ecs: TaskRunner,
  plan: MigrationPlan,
  limits: Limits,
  clock: Clock,
  say: (line: string) => void,
): Promise<void> {
  const startedAt = clock.now();
  say('The database is brought to the schema of this release, before a service is changed');
  const { exitCode, reason, taskId } = await runToEnd(
    ecs,
    { ...plan, container: CONTAINER },
    limits,
    clock,
  ).catch((error: Error) => {
    throw new Error(`The migration did not end, and no service was changed: ${error.message}; ${logs(plan)}`);
  });
  if (exitCode === 0) return say(`Migrated in ${Math.round((clock.now() - startedAt) / 1000)} s`);
  const how = exitCode === null ? 'never ran' : `failed with exit code ${exitCode}`;
  throw new Error(`The migration ${how}, and no service was changed: ${reason}; ${logs(plan, taskId)}`);
}

function logs({ logGroup, region }: MigrationPlan, taskId?: string): string {
  const stream = taskId === undefined ? '' : ` --log-stream-names ${CONTAINER}/${CONTAINER}/${taskId}`;
  return `its log: aws logs tail ${logGroup} --region ${region} --since 1h${stream}`;
}

const CLOCK: Clock = {
  now: Date.now,
  wait: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
};

/** With the provider's own credentials. The SDK is loaded only where something runs: a preview does without. */
async function ecsOf(region: string): Promise<TaskRunner> {
  const { DescribeTasksCommand, ECSClient, RunTaskCommand } = await import('@aws-sdk/client-ecs');
  const { accessKey, profile, secretKey, token } = aws.config;
  const client = new ECSClient({
    region,
    maxAttempts: 8,
    ...(profile && { profile }),
    ...(accessKey &&
      secretKey && {
        credentials: {
          accessKeyId: accessKey,
          secretAccessKey: secretKey,
          ...(token && { sessionToken: token }),
        },
      }),
  });
  return {
    run: (request) => client.send(new RunTaskCommand(request)),
    describe: (request) => client.send(new DescribeTasksCommand(request)),
  };
}

/** Roles that the provider takes on by itself are not known to the SDK, which would migrate as somebody else. */
function refuseAssumedRoles(): void {
  const { assumeRoles, assumeRoleWithWebIdentity } = aws.config;
  if ((assumeRoles?.length ?? 0) === 0 && assumeRoleWithWebIdentity === undefined) return;
  throw new Error(
    'aws:assumeRoles is not supported: name a profile that takes the role on (aws:profile), or run with its credentials',
  );
}
