import { SpanKind } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { redactText } from './redaction.ts';

const METRICS_EVERY_MS = Number(process.env.OTEL_METRIC_EXPORT_INTERVAL ?? 60_000);
/** Asked every few seconds by machines. */
const QUIET_PATH = /^\/(health|metrics)(\/|$|\?)/;
/** Attributes of a served request that hold its path or query, where secrets can be (R16); `http.route` stays. */
const OF_REQUEST_PATH = ['url.path', 'url.query', 'url.full', 'http.target', 'http.url'];

/** Registers the SDK with OpenTelemetry's API. The three instrumentations patch built-ins and CommonJS: no loader hook. */
export function startOtlp(endpoint: string, role: string): NodeSDK {
  const sdk = new NodeSDK({
    serviceName: process.env.OTEL_SERVICE_NAME ?? `sluice-${role}`,
    traceExporter: withoutSecrets(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` })),
    metricReaders: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${endpoint}/v1/metrics` }),
        exportIntervalMillis: METRICS_EVERY_MS,
        exportTimeoutMillis: Math.min(METRICS_EVERY_MS, 30_000),
      }),
    ],
    logRecordProcessors: [],
    instrumentations: [
      new HttpInstrumentation({ ignoreIncomingRequestHook: ({ url = '' }) => QUIET_PATH.test(url) }),
      new PgInstrumentation({ requireParentSpan: true }),
      new UndiciInstrumentation({ requireParentforSpans: true }),
    ],
  });
  sdk.start();
  return sdk;
}

/** Cleans what instrumentations saw, as late as possible: attributes are set until a span ends. */
function withoutSecrets(exporter: OTLPTraceExporter): OTLPTraceExporter {
  const send = exporter.export.bind(exporter);
  exporter.export = (spans, done) => {
    for (const span of spans) {
      const isServed = span.kind === SpanKind.SERVER;
      for (const [name, value] of Object.entries(span.attributes)) {
        if (typeof value !== 'string') continue;
        span.attributes[name] = isServed && OF_REQUEST_PATH.includes(name) ? '[redacted]' : redactText(value);
      }
    }
    send(spans, done);
  };
  return exporter;
}
