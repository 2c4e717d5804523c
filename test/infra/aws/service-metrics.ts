import { createMetrics } from '#bootstrap/metrics.ts';
import { QUEUE_GAUGES } from '#bootstrap/queue-gauges.ts';

/** A database that is away: the counters are shown all the same. */
const away = {
  em: {
    fork: () => {
      throw new Error('away');
    },
  },
} as never;

/** Every metric that a process of the service shows, gauges and counters. */
export const GAUGE_AND_COUNTER_NAMES: readonly string[] = [
  ...QUEUE_GAUGES.map(({ name }) => name),
  ...[...(await createMetrics(away).text()).matchAll(/^# TYPE (sluice_\w+) /gm)].map(([, name = '']) => name),
];
