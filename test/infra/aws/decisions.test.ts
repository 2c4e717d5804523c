import { createHmac } from 'node:crypto';
import { output } from '@pulumi/pulumi';
import { expect, test } from 'vitest';
import { SOURCE_AREAS } from '#domain/storage-keys.ts';
import { SOURCE_PREFIXES } from '#infra/aws/access/grants.ts';
import { ALARMS } from '#infra/aws/alarms/alarm-list.ts';
import { COLLECTED, collectorConfig } from '#infra/aws/alarms/collector.ts';
import { API_SIZES, isFargateSize, WORKER_SIZES } from '#infra/aws/compute/fargate-sizes.ts';
import { outSteps } from '#infra/aws/compute/scaling.ts';
import { LOG_COLUMNS, playbackQueries } from '#infra/aws/delivery/playback-queries.ts';
import { originSecretFrom } from '#infra/aws/entrance/api-distribution.ts';
import { subnetCidrs } from '#infra/aws/network/subnet-cidrs.ts';
import { mediaLifecycle, sourceLifecycle } from '#infra/aws/storage/lifecycles.ts';
import { GAUGE_AND_COUNTER_NAMES } from './service-metrics.ts';

test('every size is a pair that Fargate takes, and some pairs are none', () => {
  const sizes = [API_SIZES, WORKER_SIZES.calls, WORKER_SIZES.encodes].flatMap((each) => Object.values(each));
  expect(sizes.filter((size) => !isFargateSize(size))).toEqual([]);
  for (const [cpuUnits, memoryMib] of [
    [256, 1536],
    [512, 8192],
    [1024, 1024],
    [8192, 18_432],
    [300, 1024],
  ] as const)
    expect([cpuUnits, isFargateSize({ cpuUnits, memoryMib })]).toEqual([cpuUnits, false]);
});

test('subnets do not overlap, and stand in their network', () => {
  const { public: open, private: closed } = subnetCidrs('10.20.0.0/16', 2);
  const starts = [...open, ...closed].map((cidr) => Number(/^10\.20\.(\d+)\.0\/20$/.exec(cidr)?.[1]));
  expect(starts).toEqual([0, 16, 128, 144]);
});

test('a backlog adds workers in steps that leave no gap and do not overlap', () => {
  for (const [perWorker, max] of [
    [1, 1],
    [1, 2],
    [25, 4],
    [1, 100],
  ] as const) {
    const steps = outSteps(perWorker, max);
    expect(steps[0]?.from).toBe(0);
    expect(steps.at(-1)?.to).toBe(null);
    for (const [i, { to }] of steps.slice(0, -1).entries()) expect(to).toBe(steps[i + 1]?.from);
  }
});

test('events come of the places where uploads go, and of all of them', () => {
  expect([...SOURCE_PREFIXES]).toEqual([...SOURCE_AREAS]);
});

test('the collector sends what the service shows, with the dimensions that alarms ask for', () => {
  expect(Object.keys(COLLECTED).filter((name) => !GAUGE_AND_COUNTER_NAMES.includes(name))).toEqual([]);
  const asked = ALARMS.flatMap(({ measures }) => Object.values(measures)).filter(
    ({ source }) => source === 'sluice',
  );
  for (const { metric, dimensions = {} } of asked)
    expect([metric, ...(COLLECTED[metric] ?? ['?'])]).toEqual(
      expect.arrayContaining([metric, ...Object.keys(dimensions)]),
    );
  const config = JSON.parse(
    collectorConfig({ environment: 'x', region: 'r', logGroup: 'g', metricsPort: 1, traces: true }),
  ) as { service: { pipelines: object }; receivers: object; exporters: object };
  const named = Object.values(config.service.pipelines).flatMap(({ receivers, exporters }) => [
    ...receivers,
    ...exporters,
  ]);
  expect(named.filter((part) => !(part in config.receivers) && !(part in config.exporters))).toEqual([]);
});

test('a query asks only for columns that are logged', () => {
  const columns = [...LOG_COLUMNS.map(({ column }) => column), 'hour'];
  for (const { sql } of playbackQueries())
    for (const [name] of sql('playback').matchAll(/\b(?:x|sc|cs|time)_[a-z_]+\b/g))
      expect(columns).toContain(name);
});

test('outputs are never out of reach, and sources only when it is asked for', () => {
  const classes = (rules: { transitions?: unknown }[]) =>
    JSON.stringify(rules.map(({ transitions }) => transitions));
  expect(classes(mediaLifecycle())).not.toContain('GLACIER');
  expect(classes(sourceLifecycle(null))).not.toContain('GLACIER');
  expect(classes(sourceLifecycle(90))).toContain('GLACIER');
});

test("the load balancer's secret does not give away what it is made of", async () => {
  const made = await new Promise((resolve) => {
    originSecretFrom(output('whsec_1')).apply(resolve);
  });
  expect(made).toBe(createHmac('sha256', 'whsec_1').update('cloudfront to the load balancer').digest('hex'));
});
