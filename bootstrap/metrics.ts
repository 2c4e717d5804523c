import type { Metrics } from '#domain/metrics.ts';
import { MetricInstruments } from './metric-instruments.ts';
import type { Orm } from './orm.ts';
import { QUEUE_GAUGES, readQueueGauges } from './queue-gauges.ts';
import { SIGNING_GAUGE, signingReader } from './signing-gauge.ts';

/** From a small file on a fast line to hours of film. */
const STAGE_BUCKETS_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400];

export interface MetricsRegistry extends Metrics {
  /** Prometheus' text format, with the gauges of this moment. */
  text(): Promise<string>;
}

/**
 * The metrics of a process; /metrics shows them, and OpenTelemetry exports the same where it is on.
 *
 * @param refusedSignatures a line for each storage that refuses what its signing key signs
 */
export function createMetrics(
  orm: Orm,
  refusedSignatures: () => Promise<string[]> = () => Promise.resolve([]),
): MetricsRegistry {
  const instruments = new MetricInstruments();
  const signed = instruments.counter('sluice_uploads_signed_total', 'Upload URLs signed', []);
  const completed = instruments.counter('sluice_uploads_completed_total', 'Uploads verified in storage', []);
  const failed = instruments.counter('sluice_uploads_failed_total', 'Uploads that failed', ['reason']);
  const stage = instruments.histogram(
    'sluice_stage_seconds',
    'Seconds that a video spent in a stage of the pipeline',
    ['stage'],
    STAGE_BUCKETS_SECONDS,
  );
  const transcodes = instruments.counter('sluice_transcodes_total', 'Attempts to transcode that ended', [
    'provider',
    'outcome',
  ]);
  const webhooks = instruments.counter('sluice_webhooks_total', 'Webhooks received', ['provider', 'result']);
  const sent = instruments.counter('sluice_webhooks_sent_total', 'Attempts to deliver a webhook', [
    'kind',
    'result',
  ]);
  const refused = instruments.counter('sluice_transitions_refused_total', 'Illegal state changes refused', [
    'machine',
    'from',
    'to',
  ]);
  const dead = instruments.counter('sluice_dead_letters_total', 'Jobs that failed for good', ['task']);
  const readGauges = instruments.gauges(QUEUE_GAUGES, () => readQueueGauges(orm));
  const readSigning = instruments.gauges([SIGNING_GAUGE], signingReader(refusedSignatures));
  return {
    uploadsSigned: (count) => signed({}, count),
    uploadCompleted: () => completed({}),
    uploadFailed: (reason) => failed({ reason }),
    stageSeconds: (name, seconds) => stage({ stage: name }, seconds),
    transcodeEnded: (provider, outcome) => transcodes({ provider, outcome }),
    webhookReceived: (provider, result) => webhooks({ provider, result }),
    webhookSent: (kind, result) => sent({ kind, result }),
    transitionRefused: (machine, from, to) => refused({ machine, from, to }),
    deadLetter: (task) => dead({ task }),
    async text() {
      await Promise.all([readGauges(), readSigning()]);
      return instruments.text();
    },
  };
}
