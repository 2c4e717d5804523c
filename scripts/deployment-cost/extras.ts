import { decimalText, exact, fraction, times } from '#domain/cost/exact.ts';
import { objectsOf } from '#domain/cost/output-bytes.ts';
import { PLATFORM_PRICES } from '#domain/cost/prices/platform.ts';
import { EXTRA_PRICES } from '#domain/cost/prices/platform-extras.ts';
import { LOAD } from './assumptions.ts';
import { API } from './aws-bill.ts';
import { balancerLine, networkLine } from './aws-network.ts';
import { type BillLine, joined, lineOf } from './bill.ts';
import { tasksLine } from './fargate.ts';
import { planOf, type Usage } from './usage.ts';

const AWS = PLATFORM_PRICES.aws;
const MINUTES_OF_HOUR = 60;
const MILLION = 1_000_000;
const BYTES_PER_GIB = 1024 ** 3;
/** Parts of a source, what is staged beside them, the poster: few beside the renditions. */
const WRITES_BESIDE_RENDITIONS = 20;

/** What is off by default on AWS, each on its own, by the key that switches it on. */
export function awsExtras(usage: Usage): BillLine[] {
  return [
    canary(),
    lineOf(
      '`tracing`',
      EXTRA_PRICES.tracesMillion,
      times(usage.apiCalls, fraction(1, MILLION)),
      'every call',
    ),
    lineOf('`flowLogs`', AWS.logGib, exact(LOAD.flowLogGib.value), `${LOAD.flowLogGib.value} GiB`),
    guard(),
    lineOf(
      '`securityHub`',
      EXTRA_PRICES.check,
      exact(LOAD.securityChecks.value),
      `${LOAD.securityChecks.value} checks`,
    ),
    lineOf(
      '`inspector`',
      EXTRA_PRICES.imageScan,
      exact(LOAD.imagesPushed.value),
      `${LOAD.imagesPushed.value} images`,
    ),
    audit(usage),
    secondRegion(usage),
  ];
}

/** What is off by default on DigitalOcean. */
export function digitalOceanExtras({ apiInstances }: Usage): BillLine[] {
  const { api } = PLATFORM_PRICES.digitalocean;
  return [lineOf('`secondRegion`', api, fraction(apiInstances), `${apiInstances} x ${api.tier} there`)];
}

function canary(): BillLine {
  const hours = exact(LOAD.hoursOfMonth.value);
  const runs = times(hours, fraction(MINUTES_OF_HOUR, Number(LOAD.canaryMinutes.value)));
  return lineOf('`canary`', EXTRA_PRICES.canaryRun, runs, `${decimalText(runs, 0)} runs`);
}

function guard(): BillLine {
  const detail = `${LOAD.managementEvents.value} events, ${LOAD.flowLogGib.value} GiB of flows`;
  const events = times(exact(LOAD.managementEvents.value), fraction(1, MILLION));
  return joined('`guardDuty`', detail, [
    lineOf('events', EXTRA_PRICES.threatEventsMillion, events, ''),
    lineOf('flows', EXTRA_PRICES.threatGib, exact(LOAD.flowLogGib.value), ''),
  ]);
}

/** Every object that is written; reads are not recorded. */
function audit({ uploads }: Usage): BillLine {
  const plan = planOf(LOAD.uploadMinutes.value, 'mediaconvert');
  const each = objectsOf(plan, 'mediaconvert').stored + WRITES_BESIDE_RENDITIONS;
  const events = times(uploads, fraction(each));
  const detail = `${decimalText(times(events, fraction(1, MILLION)), 1)} million writes`;
  return lineOf('`storageAudit`', EXTRA_PRICES.auditEvents, times(events, fraction(1, 100_000)), detail);
}

/** API, balancer and way out once more, and what workers read from there. A video is stored in one region only. */
function secondRegion(usage: Usage): BillLine {
  const { apiInstances, uploads, sourceBytes } = usage;
  const crossing = times(uploads, fraction(sourceBytes, BYTES_PER_GIB), exact(LOAD.secondRegionShare.value));
  const parts = [
    tasksLine('API', API, apiInstances),
    balancerLine(),
    networkLine('one', apiInstances),
    lineOf('firewall', AWS.firewall, fraction(1), ''),
    lineOf('crossing', EXTRA_PRICES.betweenRegionsGib, crossing, ''),
  ];
  const detail = `${apiInstances} API tasks, balancer, NAT, firewall, ${decimalText(crossing, 0)} GiB of sources to the workers`;
  return joined('`secondRegion`', detail, parts);
}
