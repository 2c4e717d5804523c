import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { connectionsOf } from '#bootstrap/connections.ts';
import { DATABASE_CLASSES } from '#infra/aws/database/database.ts';
import { connectionsNeeded, refuseTooManyConnections } from '#infra/connections.ts';
import { DATABASE_SIZES } from '#infra/do/database-sizes.ts';
import { API_SIZES, instancesAtMost, WORKER_SIZES } from '#infra/do/sizes.ts';
import { SIZES } from '#infra/settings.ts';

/** R21 in the service's own words. */
function countedByTheService(api: number, worker: number, poolSize: number): number {
  const of = (role: 'api' | 'worker' | 'migrate') =>
    connectionsOf(role, { DATABASE_POOL_SIZE: poolSize }).total;
  return 2 * (api * of('api') + worker * of('worker')) + of('migrate');
}

test('a stack counts the connections that the service counts', () => {
  for (const poolSize of [1, 2, 5, 10, 50])
    for (const [api, worker] of [
      [1, 1],
      [2, 1],
      [6, 4],
    ] as const)
      expect(connectionsNeeded({ api, worker }, poolSize)).toBe(countedByTheService(api, worker, poolSize));
});

test('on DigitalOcean the fleets of a size fit the database of that size, at their default numbers', () => {
  const api = { min: 2, max: 6 };
  const worker = { min: 1, max: 4 };
  for (const size of SIZES)
    for (const work of ['encodes', 'calls'] as const) {
      const instances = {
        api: instancesAtMost({ ...api, size }, API_SIZES[size]),
        worker: instancesAtMost({ ...worker, size }, WORKER_SIZES[work][size]),
      };
      const needed = countedByTheService(instances.api, instances.worker, 5);
      expect([size, needed <= DATABASE_SIZES[size].connectionsMax]).toEqual([size, true]);
    }
});

test('more than the database takes is refused before anything is made, with what to change', () => {
  const needed = connectionsNeeded({ api: 6, worker: 4 }, 5);
  expect(() => refuseTooManyConnections({ api: 6, worker: 4 }, 5, needed)).not.toThrow();
  expect(() => refuseTooManyConnections({ api: 6, worker: 4 }, 5, needed - 1)).toThrow(
    /6 api and 4 worker .* raise databaseSize/,
  );
});

test('docs say how many workers that encode each database carries', () => {
  const carried = (apis: number, connectionsMax: number) => {
    let worker = 0;
    while (connectionsNeeded({ api: apis, worker: worker + 1 }, 5) <= connectionsMax) worker += 1;
    return worker;
  };
  const { small, medium, large } = DATABASE_SIZES;
  expect([small, medium, large].map((size) => carried(2, size.connectionsMax))).toEqual([2, 5, 12]);
  expect(carried(6, DATABASE_CLASSES.small.connectionsMax)).toBe(11);
  const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  expect(page('deployment-cost.md')).toMatch(
    /`small` carries 2 workers that encode,\s+`medium` 5, `large` 12; on AWS, beside six, `small` 11/,
  );
  expect(page('deploy-digitalocean.md')).toMatch(/carry 2, 5 and 12 workers that encode/);
});
