import { decimalText, dividedBy, exact, fraction, microsOf, plus, times } from '#domain/cost/exact.ts';
import { MACHINES } from '#domain/cost/prices/machines.ts';
import { PLATFORM_PRICES } from '#domain/cost/prices/platform.ts';
import { LOAD } from './assumptions.ts';
import { type Bill, type BillLine, billOf, joined, lineOf } from './bill.ts';
import { type Usage, wholeAbove } from './usage.ts';
import { deliveryLine, fetches, storageLine, transcodeUsd, transcodingLine } from './videos.ts';

const PRICES = PLATFORM_PRICES.aws;
const HOURS = exact(LOAD.hoursOfMonth.value);
/** Cores and GiB of the small sizes. */
const API = { vcpus: '0.5', gib: '1' } as const;
const WORKER_CALLS = { vcpus: '0.5', gib: '2' } as const;
const WORKER_ENCODES = { vcpus: '2', gib: '4' } as const;
/** The load balancer stands in two zones, the NAT gateway in one. */
const ADDRESSES = 3;
const MILLION = 1_000_000;

/** A month on AWS, with the stack's defaults: one NAT gateway, a database with a standby, both firewalls. */
export function awsBill(usage: Usage, transcoder: 'mediaconvert' | 'ffmpeg'): Bill {
  const isRemote = transcoder === 'mediaconvert';
  const title = isRemote ? 'AWS, MediaConvert' : 'AWS, FFmpeg on Fargate';
  return billOf(title, [
    tasks('API', API, usage.apiInstances),
    isRemote ? tasks('worker', WORKER_CALLS, 1) : tasks('workers', WORKER_ENCODES, encoders(usage)),
    ...(isRemote ? [transcodingLine(usage, 'mediaconvert', 'MediaConvert')] : []),
    database(),
    balancer(),
    egress(),
    firewall(usage, transcoder),
    watching(usage),
    storageLine(usage, 's3', transcoder),
    deliveryLine(usage, 'cloudfront', transcoder),
  ]);
}

/** Machines for the busiest hour; at least one, which waits for work. */
function encoders(usage: Usage): number {
  const busyUsd = times(transcodeUsd('ffmpeg', 'fargate-x86'), usage.uploads, exact(LOAD.peak.value));
  return wholeAbove(dividedBy(busyUsd, times(hourOf(WORKER_ENCODES).usd, HOURS)));
}

function hourOf({ vcpus, gib }: { vcpus: string; gib: string }) {
  const { price } = MACHINES['fargate-x86'];
  if (price.kind !== 'by part') throw new Error('Fargate is priced by part');
  const [vcpu] = price.vcpuHour;
  const [memory] = price.gibHour;
  const usd = plus(times(exact(vcpu.usd), exact(vcpus)), times(exact(memory.usd), exact(gib)));
  return { usd, priceIds: [vcpu.id, memory.id] };
}

function tasks(item: string, size: { vcpus: string; gib: string }, count: number): BillLine {
  const { usd, priceIds } = hourOf(size);
  return {
    item: `${item}, Fargate`,
    detail: `${count} x ${size.vcpus} vCPU, ${size.gib} GiB`,
    usdMicros: microsOf(times(usd, HOURS, fraction(count))),
    priceIds,
  };
}

function database(): BillLine {
  const disk = lineOf('disk', PRICES.databaseGibMonth, exact(LOAD.databaseGib.value), '');
  const node = lineOf('node', PRICES.databaseHour, HOURS, '');
  return joined('database, RDS', `db.t4g.medium with a standby, ${LOAD.databaseGib.value} GiB`, [node, disk]);
}

function balancer(): BillLine {
  const hours = lineOf('hours', PRICES.balancerHour, HOURS, '');
  return joined('load balancer', 'one, at one LCU', [
    hours,
    lineOf('LCU', PRICES.balancerUnitHour, HOURS, ''),
  ]);
}

function egress(): BillLine {
  return joined(
    'NAT gateway and addresses',
    `one gateway, ${LOAD.natGib.value} GiB, ${ADDRESSES} addresses`,
    [
      lineOf('hours', PRICES.natHour, HOURS, ''),
      lineOf('data', PRICES.natGib, exact(LOAD.natGib.value), ''),
      lineOf('addresses', PRICES.addressHour, times(HOURS, fraction(ADDRESSES)), ''),
    ],
  );
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
  const detail = `${LOAD.alarms.value} alarms, ${LOAD.metrics.value} metrics, ${decimalText(logGib, 0)} GiB of log`;
  return joined('logs, metrics and alarms', detail, [
    lineOf('metrics', PRICES.metric, exact(LOAD.metrics.value), ''),
    lineOf('log', PRICES.logGib, logGib, ''),
    lineOf('alarms', PRICES.alarm, exact(LOAD.alarms.value), ''),
  ]);
}
