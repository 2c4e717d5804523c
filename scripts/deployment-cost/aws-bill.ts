import { decimalText, dividedBy, exact, fraction, plus, times } from '#domain/cost/exact.ts';
import { PLATFORM_PRICES } from '#domain/cost/prices/platform.ts';
import { LOAD } from './assumptions.ts';
import { balancerLine, networkLine } from './aws-network.ts';
import { type Bill, type BillLine, billOf, joined, lineOf } from './bill.ts';
import { hourOf, tasksLine } from './fargate.ts';
import { type Usage, wholeAbove } from './usage.ts';
import { deliveryLine, fetches, storageLine, transcodeUsd, transcodingLine } from './videos.ts';

const PRICES = PLATFORM_PRICES.aws;
const HOURS = exact(LOAD.hoursOfMonth.value);
/** Cores and GiB of the small sizes. */
export const API = { vcpus: '0.5', gib: '1' } as const;
const WORKER_CALLS = { vcpus: '0.5', gib: '2' } as const;
export const WORKER_ENCODES = { vcpus: '2', gib: '4' } as const;
const MILLION = 1_000_000;

/** A month on AWS, with the stack's defaults: one NAT gateway, a database with a standby, both firewalls. */
export function awsBill(usage: Usage, transcoder: 'mediaconvert' | 'ffmpeg'): Bill {
  const isRemote = transcoder === 'mediaconvert';
  const title = isRemote ? 'AWS, MediaConvert' : 'AWS, FFmpeg on Fargate';
  return billOf(title, [
    tasksLine('API', API, usage.apiInstances),
    isRemote ? tasksLine('worker', WORKER_CALLS, 1) : tasksLine('workers', WORKER_ENCODES, encoders(usage)),
    ...(isRemote ? [transcodingLine(usage, 'mediaconvert', 'MediaConvert')] : []),
    database(),
    balancerLine(),
    networkLine('one', awsTasks(usage, transcoder)),
    firewall(usage, transcoder),
    watching(usage),
    storageLine(usage, 's3', transcoder),
    deliveryLine(usage, 'cloudfront', transcoder),
  ]);
}

/** Tasks of API and workers together. */
export function awsTasks(usage: Usage, transcoder: 'mediaconvert' | 'ffmpeg'): number {
  return usage.apiInstances + (transcoder === 'mediaconvert' ? 1 : encoders(usage));
}

/** Machines for the busiest hour; at least one, which waits for work. */
export function encoders(usage: Pick<Usage, 'uploads'>): number {
  const busyUsd = times(transcodeUsd('ffmpeg', 'fargate-x86'), usage.uploads, exact(LOAD.peak.value));
  return wholeAbove(dividedBy(busyUsd, times(hourOf(WORKER_ENCODES).usd, HOURS)));
}

function database(): BillLine {
  const disk = lineOf('disk', PRICES.databaseGibMonth, exact(LOAD.databaseGib.value), '');
  const node = lineOf('node', PRICES.databaseHour, HOURS, '');
  return joined('database, RDS', `db.t4g.medium with a standby, ${LOAD.databaseGib.value} GiB`, [node, disk]);
}

/** Before the API and before the CDN, where it sees every segment. */
function firewall(usage: Usage, transcoder: 'mediaconvert' | 'ffmpeg'): BillLine {
  const requests = times(plus(usage.apiCalls, fetches(usage, transcoder)), fraction(1, MILLION));
  const detail = `two ACLs, ${LOAD.firewallRules.value} rules, ${decimalText(requests, 0)} million requests`;
  return joined('firewalls, WAF', detail, [
    lineOf('ACLs', PRICES.firewall, fraction(2), ''),
    lineOf('rules', PRICES.firewallRule, exact(LOAD.firewallRules.value), ''),
    lineOf('requests', PRICES.firewallMillionRequests, requests, ''),
  ]);
}

function watching({ logGib }: Usage): BillLine {
  const detail = `${LOAD.alarms.value} metrics in alarms, ${LOAD.metrics.value} of our own, ${decimalText(logGib, 0)} GiB of log`;
  return joined('logs, metrics and alarms', detail, [
    lineOf('metrics', PRICES.metric, exact(LOAD.metrics.value), ''),
    lineOf('log', PRICES.logGib, logGib, ''),
    lineOf('alarms', PRICES.alarm, exact(LOAD.alarms.value), ''),
  ]);
}
