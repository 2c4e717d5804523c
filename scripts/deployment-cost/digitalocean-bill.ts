import { dividedBy, exact, fraction, times } from '#domain/cost/exact.ts';
import { MACHINES } from '#domain/cost/prices/machines.ts';
import { PLATFORM_PRICES } from '#domain/cost/prices/platform.ts';
import { LOAD } from './assumptions.ts';
import { type Bill, billOf, lineOf } from './bill.ts';
import { type Usage, wholeAbove } from './usage.ts';
import { deliveryLine, storageLine, transcodeUsd, transcodingLine } from './videos.ts';

const PRICES = PLATFORM_PRICES.digitalocean;
const DATABASE_NODES = 2;

/** A month on DigitalOcean, with the stack's defaults. Logs, alarms, the network and the balancer cost nothing there. */
export function digitalOceanBill(usage: Usage, transcoder: 'coconut' | 'ffmpeg'): Bill {
  const isRemote = transcoder === 'coconut';
  const { apiInstances } = usage;
  const encoding = digitalOceanEncoders(usage);
  return billOf(isRemote ? 'DigitalOcean, Coconut' : 'DigitalOcean, FFmpeg', [
    lineOf('API, App Platform', PRICES.api, fraction(apiInstances), `${apiInstances} x ${PRICES.api.tier}`),
    isRemote
      ? lineOf('worker, App Platform', PRICES.workerCalls, fraction(1), `1 x ${PRICES.workerCalls.tier}`)
      : lineOf(
          'workers, App Platform',
          PRICES.workerEncodes,
          fraction(encoding),
          `${encoding} x ${PRICES.workerEncodes.tier}`,
        ),
    ...(isRemote ? [transcodingLine(usage, 'coconut', 'Coconut')] : []),
    lineOf(
      'database, Managed Postgres',
      PRICES.databaseNode,
      fraction(DATABASE_NODES),
      `${DATABASE_NODES} x ${PRICES.databaseNode.tier}, one of them a standby`,
    ),
    storageLine(usage, 'spaces', transcoder),
    deliveryLine(usage, 'spaces-cdn', transcoder),
  ]);
}

/** Instances for the busiest hour; at least one, which waits for work. */
export function digitalOceanEncoders(usage: Pick<Usage, 'uploads'>): number {
  const { price } = MACHINES['app-platform-shared'];
  if (price.kind !== 'by month') throw new Error('App Platform is priced by the month');
  const busyUsd = times(transcodeUsd('ffmpeg', 'app-platform-shared'), usage.uploads, exact(LOAD.peak.value));
  return wholeAbove(dividedBy(busyUsd, exact(price.month.usd)));
}
