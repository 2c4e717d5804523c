import { Histogram, Registry } from 'prom-client';

const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export interface RequestMetrics {
  observe(request: { method: string; route: string; status: number; durationMs: number }): void;
  /** Prometheus' text format. */
  text(): Promise<string>;
}

/** Counts requests, for one API instance: a registry of its own, so that two in one process never meet. */
export function requestMetrics(): RequestMetrics {
  const registry = new Registry();
  const seconds = new Histogram({
    name: 'sluice_http_request_seconds',
    help: 'Seconds until the answer to a request stood, by route template',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return {
    observe({ method, route, status, durationMs }) {
      // A client may invent methods; labels must stay few.
      const known = KNOWN_METHODS.has(method) ? method : 'OTHER';
      seconds.observe({ method: known, route, status }, durationMs / 1000);
    },
    text: () => registry.metrics(),
  };
}
