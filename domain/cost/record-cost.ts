import type { EntityManager } from '@mikro-orm/postgresql';
import type { Needs } from '../context.ts';
import { TranscodeJob } from '../transcode/transcode-job.entity.ts';
import { type CostLine, costLine, sumOf } from './cost-line.ts';
import type { CostSettings } from './cost-settings.ts';
import { machineOf, PRICED_BY_OUTPUT } from './estimate-transcode.ts';
import { fraction } from './exact.ts';
import type { WorkerMachine } from './machine-price.ts';
import { rowsOf } from './price-row.ts';
import { PRICES } from './prices/price-tables.ts';

/**
 * Writes down what a version cost, in the transaction that publishes it. Coconut and MediaConvert bill what was finished;
 * our own machines cost the time of every attempt at this source since the version before, those that failed too. What a
 * provider finished and nobody took is on its bill, and not in here.
 */
export async function recordCost(
  { settings, now }: Needs<'settings' | 'now'>,
  tx: EntityManager,
  job: TranscodeJob,
): Promise<void> {
  const { provider } = job;
  if (provider === 'import') return;
  const machine = machineOf(PRICES, settings.cost);
  const billed = provider === 'ffmpeg' ? null : PRICED_BY_OUTPUT[provider](job.plan, PRICES, settings.cost);
  const lines = [
    ...(billed ? billed.lines : [machineLine('this attempt', secondsOf(job), machine, settings.cost)]),
    ...(await earlierAttempts(tx, job, machine, settings.cost)),
  ];
  job.cost = {
    transcoder: provider,
    region: billed?.region ?? machine.region,
    currency: 'USD',
    lines,
    usdMicros: sumOf(lines),
    pricesOf: youngest(lines),
    recordedAt: now().toISOString(),
  };
}

/** The time of our machines that went into attempts at the same source which published nothing. */
async function earlierAttempts(
  tx: EntityManager,
  job: TranscodeJob,
  machine: WorkerMachine,
  settings: CostSettings,
): Promise<CostLine[]> {
  const all = await tx.find(
    TranscodeJob,
    { videoId: job.videoId, createdAt: { $lt: job.createdAt } },
    { orderBy: { createdAt: 'desc', id: 'desc' }, disableIdentityMap: true },
  );
  const published = all.findIndex(({ state }) => state === 'SUCCEEDED');
  const since = published === -1 ? all : all.slice(0, published);
  const seconds = since
    .filter(({ provider, plan }) => provider === 'ffmpeg' && plan.source.key === job.plan.source.key)
    .map(secondsOf)
    .filter((each) => each > 0);
  if (seconds.length === 0) return [];
  const total = seconds.reduce((sum, each) => sum + each, 0);
  const item = `${seconds.length} earlier attempt${seconds.length === 1 ? '' : 's'}`;
  return [machineLine(item, total, machine, settings)];
}

/** By the clock, in whole milliseconds; 0 for an attempt that never began. */
function secondsOf({ startedAt, finishedAt }: TranscodeJob): number {
  return startedAt && finishedAt ? Math.max(0, finishedAt.getTime() - startedAt.getTime()) / 1000 : 0;
}

/** Transcodes that may run at once on one machine share its price. */
function machineLine(
  item: string,
  seconds: number,
  machine: WorkerMachine,
  { transcodesPerMachine }: CostSettings,
): CostLine {
  return costLine({
    item,
    tier: machine.label,
    quantity: fraction(Math.round(seconds * 1000), 60_000 * transcodesPerMachine),
    unit: 'machine minute',
    unitUsd: machine.usdPerMinute,
    priceIds: machine.priceIds,
  });
}

/** The latest day on which a source said one of the prices; none for a machine whose price its operator told. */
function youngest(lines: readonly CostLine[]): string | null {
  const used = new Set(lines.flatMap(({ priceIds }) => priceIds));
  const dates = rowsOf(PRICES).filter(({ id }) => used.has(id));
  return (
    dates
      .map(({ date }) => date)
      .sort()
      .at(-1) ?? null
  );
}
