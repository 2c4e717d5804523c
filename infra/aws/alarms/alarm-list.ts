import { CANARY_RUNS } from '../canary/code.ts';
import { type AlarmLine, line, type Measure, share } from './alarm-line.ts';

const MINUTE = 60;
const HOUR = 3600;

const sluice = (
  metric: string,
  statistic: Measure['statistic'],
  dimensions: Readonly<Record<string, string>> = {},
): Measure => ({ source: 'sluice', metric, statistic, dimensions });
const counted = (metric: string, dimensions: Readonly<Record<string, string>> = {}): Measure =>
  sluice(metric, 'Sum', dimensions);

/** Every alarm; those of docs/signals.md first. */
export const ALARMS: readonly AlarmLine[] = [
  line(
    'database-away',
    'database-away',
    sluice('sluice_database_up', 'Maximum'),
    'below',
    1,
    MINUTE,
    2,
    'breaching',
  ),
  line('dead-letters', 'dead-letters', sluice('sluice_dead_letters', 'Maximum'), 'above', 0, MINUTE, 15),
  line(
    'nobody-transcodes',
    'nobody-transcodes',
    sluice('sluice_transcode_jobs_oldest_seconds', 'Maximum', { state: 'QUEUED' }),
    'above',
    1800,
    MINUTE,
    3,
  ),
  line(
    'queue-stands',
    'queue-stands-still',
    sluice('sluice_queue_oldest_ready_seconds', 'Maximum'),
    'above',
    300,
    MINUTE,
    3,
  ),
  line(
    'queue-depth',
    'queue-stands-still',
    sluice('sluice_queue_jobs', 'Maximum', { state: 'ready' }),
    'above',
    500,
    5 * MINUTE,
    2,
  ),
  line(
    'workers-die',
    'workers-die',
    counted('sluice_transcodes_total', { outcome: 'LOST' }),
    'above',
    2,
    HOUR,
    1,
  ),
  {
    name: 'transcodes-fail',
    runbook: 'transcodes-fail',
    measures: {
      all: counted('sluice_transcodes_total'),
      good: counted('sluice_transcodes_total', { outcome: 'SUCCEEDED' }),
      back: counted('sluice_transcodes_total', { outcome: 'HANDED_BACK' }),
    },
    expression: 'IF(all > 4, 100 * (all - FILL(good, 0) - FILL(back, 0)) / all, 0)',
    comparison: 'GreaterThanThreshold',
    threshold: 10,
    periodSeconds: HOUR,
    periods: 1,
    missing: 'notBreaching',
  },
  line(
    'transcoding-slow',
    'transcoding-is-slow',
    { ...counted('sluice_stage_seconds', { stage: 'transcode' }), statistic: 'Average' },
    'above',
    1800,
    HOUR,
    1,
  ),
  line(
    'transcoder-away',
    'a-transcoder-is-away',
    sluice('sluice_provider_down_seconds', 'Maximum'),
    'above',
    900,
    MINUTE,
    3,
  ),
  line('paused', 'forgotten-pause', sluice('sluice_pipeline_paused', 'Minimum'), 'above', 0, 10 * MINUTE, 12),
  {
    name: 'uploads-fail',
    runbook: 'uploads-fail',
    measures: {
      failed: counted('sluice_uploads_failed_total'),
      canceled: counted('sluice_uploads_failed_total', { reason: 'UPLOAD_CANCELED' }),
      done: counted('sluice_uploads_completed_total'),
    },
    expression:
      'IF(FILL(failed, 0) - FILL(canceled, 0) > 4, 100 * (FILL(failed, 0) - FILL(canceled, 0)) / (FILL(failed, 0) + FILL(done, 0)), 0)',
    comparison: 'GreaterThanThreshold',
    threshold: 10,
    periodSeconds: HOUR,
    periods: 1,
    missing: 'notBreaching',
  },
  {
    name: 'signing-fails',
    runbook: 'signing-fails',
    measures: {
      signed: sluice('sluice_uploads_signed_total', 'Sum'),
      errors: { source: 'balancer', metric: 'HTTPCode_Target_5XX_Count', statistic: 'Sum' },
    },
    expression: 'IF(FILL(signed, 0) == 0 AND FILL(errors, 0) > 10, 1, 0)',
    comparison: 'GreaterThanThreshold',
    threshold: 0,
    periodSeconds: 5 * MINUTE,
    periods: 2,
    missing: 'notBreaching',
  },
  line(
    'signing-key-refused',
    'signing-key-refused',
    sluice('sluice_signing_key_refused', 'Maximum'),
    'above',
    0,
    5 * MINUTE,
    2,
  ),
  line(
    'webhooks-forged',
    'forged-webhooks',
    sluice('sluice_webhooks_total', 'Sum', { result: 'refused' }),
    'above',
    20,
    HOUR,
    1,
  ),
  line(
    'webhooks-unheard',
    'webhooks-fail',
    counted('sluice_webhooks_sent_total', { result: 'exhausted' }),
    'above',
    0,
    HOUR,
    1,
  ),
  line(
    'events-dropped',
    'events-are-dropped',
    { source: 'letters', metric: 'ApproximateNumberOfMessagesVisible', statistic: 'Maximum' },
    'above',
    0,
    5 * MINUTE,
    1,
  ),
  share('api-errs', 'api-errs', 'HTTPCode_Target_5XX_Count', 1),
  share('requests-refused', 'requests-refused', 'HTTPCode_Target_4XX_Count', 40),
  line(
    'no-api',
    'no-api-instance',
    { source: 'balancer', metric: 'HTTPCode_ELB_5XX_Count', statistic: 'Sum' },
    'above',
    20,
    MINUTE,
    3,
  ),
  {
    name: 'traffic',
    runbook: 'abnormal-traffic',
    measures: { requests: { source: 'balancer', metric: 'RequestCount', statistic: 'Sum' } },
    expression: 'ANOMALY_DETECTION_BAND(requests, 4)',
    comparison: 'GreaterThanUpperThreshold',
    periodSeconds: 5 * MINUTE,
    periods: 3,
    missing: 'notBreaching',
  },
  line(
    'attack',
    'abnormal-traffic',
    { source: 'firewall', metric: 'BlockedRequests', statistic: 'Sum', dimensions: { Rule: 'ALL' } },
    'above',
    1000,
    5 * MINUTE,
    2,
  ),
  line(
    'cdn-5xx',
    'cdn-errors',
    { source: 'cdn', metric: '5xxErrorRate', statistic: 'Average' },
    'above',
    1,
    5 * MINUTE,
    2,
  ),
  line(
    'cdn-4xx',
    'cdn-errors',
    { source: 'cdn', metric: '4xxErrorRate', statistic: 'Average' },
    'above',
    5,
    5 * MINUTE,
    3,
  ),
  line(
    'database-cpu',
    'database-under-strain',
    { source: 'database', metric: 'CPUUtilization', statistic: 'Average' },
    'above',
    80,
    5 * MINUTE,
    3,
    'breaching',
  ),
  line(
    'database-disk',
    'database-under-strain',
    { source: 'database', metric: 'FreeStorageSpace', statistic: 'Minimum' },
    'below',
    4 * 1024 ** 3,
    5 * MINUTE,
    2,
    'breaching',
  ),
  line(
    'database-memory',
    'database-under-strain',
    { source: 'database', metric: 'FreeableMemory', statistic: 'Minimum' },
    'below',
    256 * 1024 ** 2,
    5 * MINUTE,
    3,
    'breaching',
  ),
];

const CANARY_SECONDS = CANARY_RUNS.everyMinutes * MINUTE;

/** Of the canary, where there is one: three runs in a row. One that is not heard of is as bad as one that fails. */
export const CANARY_ALARMS: readonly AlarmLine[] = [
  line(
    'canary-fails',
    'canary-fails',
    { source: 'canary', metric: 'SuccessPercent', statistic: 'Average' },
    'below',
    100,
    CANARY_SECONDS,
    3,
    'breaching',
  ),
  line(
    'canary-slow',
    'canary-fails',
    { source: 'canary', metric: 'Duration', statistic: 'Average' },
    'above',
    10_000,
    CANARY_SECONDS,
    3,
    'breaching',
  ),
];

/** Of two regions: callers are led to the other one, or wherever there is one, if neither is ready. */
export const REGION_AWAY: AlarmLine = line(
  'region-away',
  'a-region-is-away',
  { source: 'route', metric: 'HealthCheckStatus', statistic: 'Minimum' },
  'below',
  1,
  MINUTE,
  2,
  'breaching',
);

/** Connections depend on the size of the database, so this line is made. */
export function connectionsAlarm(connectionsMax: number): AlarmLine {
  return line(
    'database-connections',
    'database-under-strain',
    { source: 'database', metric: 'DatabaseConnections', statistic: 'Maximum' },
    'above',
    Math.floor(connectionsMax * 0.85),
    5 * MINUTE,
    2,
  );
}
