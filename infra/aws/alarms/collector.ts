/** Port on which a task takes traces of its own service. */
const OTLP_PORT = 4318;
/** Where a service in the same task sends its traces. */
export const COLLECTOR_ENDPOINT = `http://127.0.0.1:${OTLP_PORT}`;
/** AWS's distribution of the OpenTelemetry collector. */
export const COLLECTOR_IMAGE = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.1';

/**
 * Labels that become dimensions, by metric, beside `environment`: processes are not told apart, as counters are summed and
 * gauges are the same everywhere. What is not here is not sent: every metric of CloudWatch costs
 * money.
 */
export const COLLECTED: Readonly<Record<string, readonly string[]>> = {
  sluice_database_up: [],
  sluice_dead_letters: [],
  sluice_queue_jobs: ['state'],
  sluice_queue_oldest_ready_seconds: [],
  sluice_transcode_jobs: ['state'],
  sluice_transcode_jobs_oldest_seconds: ['state'],
  sluice_provider_down_seconds: ['provider'],
  sluice_pipeline_paused: [],
  sluice_signing_key_refused: [],
  sluice_uploads_signed_total: [],
  sluice_uploads_completed_total: [],
  sluice_uploads_failed_total: ['reason'],
  sluice_transcodes_total: ['outcome'],
  sluice_webhooks_total: ['result'],
  sluice_webhooks_sent_total: ['result'],
  sluice_stage_seconds: ['stage'],
};

/** The namespace of an environment's metrics in CloudWatch. */
export function metricNamespace(environment: string): string {
  return `Sluice/${environment}`;
}

export interface CollectorOptions {
  readonly environment: string;
  readonly region: string;
  readonly logGroup: string;
  /** Where the process answers /metrics. */
  readonly metricsPort: number;
  readonly traces: boolean;
}

/**
 * What the collector beside a task does: it reads /metrics every minute, as Prometheus would, and writes what is wanted as
 * metrics of CloudWatch through a log group; with `traces` it takes the service's OTLP on to X-Ray. As JSON, which is YAML.
 */
export function collectorConfig(options: CollectorOptions): string {
  const { environment, region, logGroup, metricsPort, traces } = options;
  const byLabels = Map.groupBy(Object.keys(COLLECTED), (name) => (COLLECTED[name] ?? []).join(','));
  const declarations = [...byLabels].map(([labels, names]) => ({
    dimensions: labels === '' ? [['environment']] : [['environment'], ['environment', ...labels.split(',')]],
    metric_name_selectors: names.map((name) => `^${name}$`),
  }));
  return JSON.stringify({
    receivers: {
      prometheus: {
        config: {
          scrape_configs: [
            {
              job_name: 'sluice',
              scrape_interval: '60s',
              static_configs: [{ targets: [`127.0.0.1:${metricsPort}`], labels: { environment } }],
            },
          ],
        },
      },
      ...(traces && { otlp: { protocols: { http: { endpoint: `127.0.0.1:${OTLP_PORT}` } } } }),
    },
    processors: { batch: { timeout: '60s' } },
    exporters: {
      awsemf: {
        region,
        namespace: metricNamespace(environment),
        log_group_name: logGroup,
        log_stream_name: '{TaskId}',
        dimension_rollup_option: 'NoDimensionRollup',
        // A counter is there from its first event on; without this that one would be its zero, and told to nobody.
        retain_initial_value_of_delta_metric: true,
        metric_declarations: declarations,
      },
      ...(traces && { awsxray: { region }, debug: { verbosity: 'basic' } }),
    },
    service: {
      pipelines: {
        metrics: { receivers: ['prometheus'], processors: ['batch'], exporters: ['awsemf'] },
        ...(traces && {
          traces: { receivers: ['otlp'], processors: ['batch'], exporters: ['awsxray'] },
          // The service sends its metrics there too; they are collected already.
          'metrics/sent': { receivers: ['otlp'], exporters: ['debug'] },
        }),
      },
      telemetry: { logs: { level: 'warn' }, metrics: { level: 'none' } },
    },
  });
}
