import { decimalText, exact, fraction, plus, times } from '#domain/cost/exact.ts';
import { gibOf, objectsOf, storedBytes } from '#domain/cost/output-bytes.ts';
import { PLATFORM_PRICES } from '#domain/cost/prices/platform.ts';
import { EXTRA_PRICES } from '#domain/cost/prices/platform-extras.ts';
import { PRICES } from '#domain/cost/prices/price-tables.ts';
import { LOAD } from './assumptions.ts';
import { API, encoders, WORKER_ENCODES } from './aws-bill.ts';
import { balancerLine, networkLine } from './aws-network.ts';
import { type BillLine, joined, lineOf } from './bill.ts';
import { digitalOceanEncoders } from './digitalocean-bill.ts';
import { tasksLine } from './fargate.ts';
import { planOf, type Usage } from './usage.ts';

const AWS = PLATFORM_PRICES.aws;
const MINUTES_OF_HOUR = 60;
const MILLION = 1_000_000;
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

/** What is off by default on DigitalOcean. FFmpeg has the videos of the second region there too. */
export function digitalOceanExtras(usage: Usage): BillLine[] {
  const { api, workerEncodes } = PLATFORM_PRICES.digitalocean;
  const uploads = times(usage.uploads, exact(LOAD.secondRegionShare.value));
  const workers = digitalOceanEncoders({ uploads });
  const detail = `${usage.apiInstances} x ${api.tier} there, ${workers} x ${workerEncodes.tier} at home`;
  return [
    joined('`secondRegion`', detail, [
      lineOf('API', api, fraction(usage.apiInstances), ''),
      lineOf('workers', workerEncodes, fraction(workers), ''),
    ]),
  ];
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

/**
 * API, balancer and way out once more. A video is stored in one region only; a transcoder elsewhere was given the home's, so
 * FFmpeg on workers at home has those of the other region, whose source comes and whose renditions go.
 */
function secondRegion(usage: Usage): BillLine {
  const { apiInstances, sourceBytes } = usage;
  const uploads = times(usage.uploads, exact(LOAD.secondRegionShare.value));
  const renditions = storedBytes(planOf(LOAD.uploadMinutes.value, 'ffmpeg'), 'ffmpeg', PRICES.assumptions);
  const crossing = times(uploads, gibOf(plus(fraction(sourceBytes), renditions.expected)));
  const workers = encoders({ uploads });
  const parts = [
    tasksLine('API', API, apiInstances),
    tasksLine('workers', WORKER_ENCODES, workers),
    balancerLine(),
    networkLine('one', apiInstances),
    lineOf('firewall', AWS.firewall, fraction(1), ''),
    lineOf('crossing', EXTRA_PRICES.betweenRegionsGib, crossing, ''),
  ];
  const detail = `${apiInstances} API tasks, balancer, NAT and firewall there, ${workers} workers at home, ${decimalText(crossing, 0)} GiB between`;
  return joined('`secondRegion`', detail, parts);
}
