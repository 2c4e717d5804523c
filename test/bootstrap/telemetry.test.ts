import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, inject, onTestFinished, test } from 'vitest';
import { waitFor } from '#test/support/conditions.ts';
import { createTestDatabase } from '#test/support/postgres.ts';
import { freePorts, ownFolder, runProgram } from './role-process.ts';

interface Attribute {
  key: string;
  value: { stringValue?: string };
}
interface Span {
  name: string;
  kind: number;
  traceId: string;
  attributes: Attribute[];
}

/** A collector that keeps what it is sent, as OTLP's JSON. */
async function collector() {
  const spans: Span[] = [];
  const metrics = new Set<string>();
  const services = new Set<string | undefined>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const sent = JSON.parse(body);
    for (const { resource, scopeSpans } of sent.resourceSpans ?? []) {
      services.add(attribute(resource, 'service.name'));
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    for (const { scopeMetrics } of sent.resourceMetrics ?? []) {
      for (const scope of scopeMetrics) for (const metric of scope.metrics) metrics.add(metric.name);
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, metrics, services };
}

function attribute(of: { attributes: Attribute[] }, key: string): string | undefined {
  return of.attributes.find((candidate) => candidate.key === key)?.value.stringValue;
}

test('spans of requests and queries in one trace, and the platform`s metrics, reach a collector, without secrets', async () => {
  const otlp = await collector();
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const s3 = inject('s3');
  const { port } = await freePorts();
  const api = runProgram(['api/main.ts'], {
    SLUICE_DIR: ownFolder(),
    PORT: String(port),
    DATABASE_URL: database.url,
    S3_ENDPOINT: s3.url,
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    S3_SOURCE_BUCKET: 'telemetry-sources',
    S3_MEDIA_BUCKET: 'telemetry-media',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
  });
  await api.says('the API is ready');
  const watch = `http://127.0.0.1:${port}/watch/0197c0de-0000-7000-8000-000000000001.json?signature=hushhush`;
  await fetch(watch);
  await fetch(`http://127.0.0.1:${port}/health/ready`);
  await waitFor('a gauge that the database fills', async () => otlp.metrics.has('sluice_queue_jobs'));
  api.signal('SIGTERM');
  expect(await api.exited).toBe(0);

  // What was left is sent before the process ends.
  const served = otlp.spans.filter((span) => span.kind === 2);
  expect(served).toHaveLength(1);
  const queries = otlp.spans.filter(
    (span) => attribute(span, 'db.system.name') ?? attribute(span, 'db.system'),
  );
  expect(queries.some((query) => query.traceId === served[0]?.traceId)).toBe(true);
  expect(otlp.services).toContain('sluice-api');
  expect(JSON.stringify(otlp.spans)).not.toContain('hushhush');
  expect(api.out()).toContain(`"traceId":"${served[0]?.traceId}"`);
});
