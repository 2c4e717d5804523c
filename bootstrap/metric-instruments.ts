import { type Meter, metrics } from '@opentelemetry/api';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

type Labels<L extends string> = Readonly<Record<L, string>>;

/** What a gauge shows: its name, help and labels. */
export interface GaugeKind {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export interface GaugeReading {
  readonly gauge: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Instruments that Prometheus reads at /metrics and that OpenTelemetry exports where it is on, under the same names. A
 * registry of its own, so that two platforms in one process never meet.
 */
export class MetricInstruments {
  readonly #registry = new Registry();
  /** Does nothing as long as no OpenTelemetry SDK was started. */
  readonly #meter: Meter = metrics.getMeter('sluice');

  constructor() {
    collectDefaultMetrics({ register: this.#registry, prefix: 'sluice_' });
  }

  /** A count since the process began. */
  counter<const L extends string>(name: string, help: string, labelNames: readonly L[]) {
    const prometheus = new Counter<L>({ name, help, labelNames, registers: [this.#registry] });
    const telemetry = this.#meter.createCounter(name, { description: help });
    return (labels: Labels<L>, count = 1): void => {
      prometheus.inc(labels, count);
      telemetry.add(count, labels);
    };
  }

  /** A distribution of seconds. */
  histogram<const L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) {
    const prometheus = new Histogram<L>({ name, help, labelNames, buckets, registers: [this.#registry] });
    const advice = { explicitBucketBoundaries: buckets };
    const telemetry = this.#meter.createHistogram(name, { description: help, unit: 's', advice });
    return (labels: Labels<L>, seconds: number): void => {
      prometheus.observe(labels, seconds);
      telemetry.record(seconds, labels);
    };
  }

  /**
   * Gauges that are read when somebody asks.
   *
   * @param read all values at once; a label combination that it leaves out is gone
   * @returns what reads them for Prometheus
   */
  gauges(kinds: readonly GaugeKind[], read: () => Promise<readonly GaugeReading[]>): () => Promise<void> {
    const registers = [this.#registry];
    const prometheus = new Map(
      kinds.map(({ name, help, labels }) => [
        name,
        new Gauge({ name, help, labelNames: [...labels], registers }),
      ]),
    );
    const telemetry = new Map(
      kinds.map(({ name, help }) => [name, this.#meter.createObservableGauge(name, { description: help })]),
    );
    this.#meter.addBatchObservableCallback(
      async (result) => {
        for (const { gauge, labels, value } of await read()) {
          const instrument = telemetry.get(gauge);
          if (instrument) result.observe(instrument, value, labels);
        }
      },
      [...telemetry.values()],
    );
    return async () => {
      const readings = await read();
      for (const gauge of prometheus.values()) gauge.reset();
      for (const { gauge, labels, value } of readings) prometheus.get(gauge)?.set(labels, value);
    };
  }

  /** Prometheus' text format 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
