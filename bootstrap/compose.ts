import { sql } from 'kysely';
import type { Actor, Context, Log, Transcoders } from '#domain/context.ts';
import { transcodedPlace } from '#domain/storages.ts';
import { zipReader } from '#providers/archive/zip-reader.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import type { SourceInspector } from '#providers/transcoders/source-inspector.ts';
import type { Transcoder } from '#providers/transcoders/transcoder.ts';
import { publicWebhookSender } from '#providers/webhooks/public-webhook-sender.ts';
import type { ResolvedConfig } from './config.ts';
import { databaseFrom, settingsFrom } from './config-settings.ts';
import { poolOptions } from './database-address.ts';
import { composeFfmpeg } from './ffmpeg.ts';
import { enqueue } from './job-queue.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { type Orm, openOrm } from './orm.ts';
import type { HealthReport, Platform } from './platform.ts';
import { remembered } from './remembered.ts';
import { composeRemoteTranscoders } from './remote-transcoders.ts';
import { transcodedConfig } from './second-storage.ts';
import { type ComposedStorages, composeStorages } from './storages.ts';
import { tokenVerifier } from './token-verifier.ts';

export interface ComposeOptions {
  /** Only a worker needs FFmpeg; an API without it starts as well. */
  readonly withTranscoder: boolean;
  /** False where storage need not answer: an operator's program must run when it is away. Default true. */
  readonly preparesBuckets?: boolean;
  readonly log?: Log;
  readonly now?: () => Date;
  /** What a test puts in place of the real part. */
  readonly replace?: (shared: SharedContext) => Partial<SharedContext>;
}

/** The part of a context that all requests and jobs of a process share. */
export type SharedContext = Omit<Context, 'em' | 'actor' | 'log'>;

/**
 * Wires a process: chooses the adapters, opens what they need, and checks nothing twice. Every error is one line for an
 * operator.
 */
export async function composePlatform(config: ResolvedConfig, options: ComposeOptions): Promise<Platform> {
  const log = options.log ?? createLogger(config);
  const database = databaseFrom(config);
  const orm = await openOrm(database, config.DATABASE_POOL_SIZE, (message) => log.warn({}, message));
  const { storage, storages, delivery, refusedSignatures, close } = await composeStorages(config, {
    orm,
    log,
    prepares: options.preparesBuckets !== false,
  });
  const ffmpeg = options.withTranscoder ? await composeFfmpeg(config, { ...storage, log }) : null;
  const metrics = createMetrics(orm, refusedSignatures);
  const real: SharedContext = {
    storage,
    storages,
    transcoders: transcodersOf(config, [
      ...(ffmpeg ? [ffmpeg.transcoder] : []),
      // These know the buckets of one storage, and no others.
      ...composeRemoteTranscoders(transcodedConfig(config), { ...transcodedPlace(storages), log }),
    ]),
    inspector: ffmpeg?.inspector ?? absentInspector,
    delivery,
    archives: zipReader(),
    webhooks: publicWebhookSender({ allowedNetworks: config.WEBHOOK_ALLOWED_NETWORKS }),
    enqueue,
    settings: settingsFrom(config),
    metrics,
    now: options.now ?? (() => new Date()),
  };
  const shared = { ...real, ...options.replace?.(real) };
  return {
    config,
    log,
    database,
    databaseConnection: poolOptions(database),
    context: (actor: Actor, requestLog?: Log) => ({
      ...shared,
      actor,
      em: orm.em.fork(),
      log: requestLog ?? log,
    }),
    verifyToken: tokenVerifier(config),
    health: healthOf(orm, { media: shared.storage.media, refusedSignatures }, log),
    metrics,
    metricsText: () => metrics.text(),
    async close() {
      await orm.close(true);
      close();
    },
  };
}

/** FFmpeg is there wherever a worker runs, so it counts as set up in every process. */
function transcodersOf(config: ResolvedConfig, here: readonly Transcoder[]): Transcoders {
  const remote = here.filter(({ name }) => name !== 'ffmpeg').map(({ name }) => name);
  return {
    defaultName: config.TRANSCODER,
    fallbackName: config.TRANSCODER_FALLBACK ?? null,
    configured: ['ffmpeg', ...remote],
    get(name) {
      const transcoder = here.find((each) => each.name === name);
      if (transcoder) return transcoder;
      throw new Error(
        `This process has no transcoder ${name}; it is not set up, or it is a role without a worker`,
      );
    },
  };
}

const absentInspector: SourceInspector = {
  inspect: () => Promise.reject(new Error('Sources are looked at by a worker')),
  poster: () => Promise.reject(new Error('Posters are cut by a worker')),
};

/** Strangers may ask for health as often as they like, and each look at a signature is a PUT that storage is paid for. */
const SIGNATURES_REMEMBERED_MS = 60_000;

function healthOf(
  orm: Orm,
  {
    media,
    refusedSignatures,
  }: Pick<Context['storage'], 'media'> & Pick<ComposedStorages, 'refusedSignatures'>,
  log: Log,
): Platform['health'] {
  const refusals = remembered(refusedSignatures, SIGNATURES_REMEMBERED_MS);
  return {
    database: () =>
      report(log, 'the database does not answer', async () => {
        await sql`select 1`.execute(orm.em.fork().getKysely());
      }),
    async storage() {
      const calls = await report(log, 'storage does not answer', async () => {
        await media.head('health').catch((error: unknown) => {
          // The key is not there, and that is the answer of a storage that works.
          if (!isStorageError(error, 'object_not_found')) throw error;
        });
      });
      if (!calls.ok) return calls;
      return report(log, 'storage refuses signed URLs', async () => {
        const refused = await refusals();
        if (refused.length > 0) throw new Error(refused.join('; '));
      });
    },
    queue: () =>
      report(log, 'the job queue does not answer', async () => {
        await sql`select 1 from graphile_worker.jobs limit 1`.execute(orm.em.fork().getKysely());
      }),
  };
}

/** Anybody may ask for health, so why a part does not answer, with hosts and names, stands in the log only. */
async function report(log: Log, problem: string, check: () => Promise<void>): Promise<HealthReport> {
  try {
    await check();
    return { ok: true };
  } catch (error) {
    log.warn({ err: error }, problem);
    return { ok: false, problem };
  }
}
