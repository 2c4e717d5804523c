import { expect, test } from 'vitest';
import { exact } from '#domain/cost/exact.ts';
import { type Row, rowsOf, SURENESS } from '#domain/cost/price-row.ts';
import { PLATFORM_PRICES } from '#domain/cost/prices/platform.ts';
import { EXTRA_PRICES } from '#domain/cost/prices/platform-extras.ts';
import { PRICES } from '#domain/cost/prices/price-tables.ts';
import { ALARMS } from '#infra/aws/alarms/alarm-list.ts';
import { CANARY_RUNS } from '#infra/aws/canary/code.ts';
import { NAT } from '#infra/settings.ts';
import { LOAD } from '#scripts/deployment-cost/assumptions.ts';
import { networkLine, WAYS_OUT } from '#scripts/deployment-cost/aws-network.ts';
import { awsExtras } from '#scripts/deployment-cost/extras.ts';
import { billsFor, costTables, extrasTable, networkTable, rowTables } from '#scripts/deployment-cost/page.ts';
import { usageOf } from '#scripts/deployment-cost/usage.ts';

const OURS: readonly Row[] = [...rowsOf(PLATFORM_PRICES), ...rowsOf(EXTRA_PRICES), ...rowsOf(LOAD)];
const bill = (title: string, users: number) => billsFor(users).find((each) => each.title === title);
const line = (title: string, users: number, item: string) =>
  bill(title, users)?.lines.find((each) => each.item.startsWith(item))?.usdMicros;

test('every price of a platform and every assumption says what it is, of which day, from where and how sure', () => {
  for (const row of OURS) {
    for (const member of ['id', 'provider', 'tier', 'region', 'unit', 'source'] as const)
      expect(row[member].trim(), `${row.id}: ${member}`).not.toBe('');
    expect(row.date, row.id).toMatch(/^20\d\d-[01]\d-[0-3]\d$/);
    expect(SURENESS, row.id).toContain(row.sureness);
    expect(() => exact('usd' in row ? row.usd : row.value), row.id).not.toThrow();
    expect(row.sureness === 'list price' && row.source.startsWith('docs/'), row.id).toBe(false);
  }
  const ids = [...OURS, ...rowsOf(PRICES)].map(({ id }) => id);
  expect(OURS.filter(({ id }) => ids.indexOf(id) !== ids.lastIndexOf(id))).toEqual([]);
});

test('worked by hand: machines, database, transcoding and delivery of 20,000 daily users', () => {
  // 2 tasks x (0.5 x 0.04048 + 1 x 0.004445) x 730 h
  expect(line('AWS, MediaConvert', 20_000, 'API')).toBe(36_040_100);
  // 0.130 x 730 h + 0.23 x 20 GiB
  expect(line('AWS, MediaConvert', 20_000, 'database')).toBe(99_500_000);
  // 20,000 x 30.4 d x 0.05 uploads x 2 min x $0.048
  expect(line('AWS, MediaConvert', 20_000, 'transcoding')).toBe(2_918_400_000);
  // 20,000 x 30.4 d x 0.05 uploads x 2 min x $0.045
  expect(line('DigitalOcean, Coconut', 20_000, 'transcoding')).toBe(2_736_000_000);
  // 2 x 60 and 2 x 12
  expect(line('DigitalOcean, Coconut', 20_000, 'database')).toBe(120_000_000);
  expect(line('DigitalOcean, Coconut', 20_000, 'API')).toBe(24_000_000);
});

test('a bill is the sum of its lines, each of which names its rows', () => {
  for (const { title, lines, usdMicros } of billsFor(50_000)) {
    expect(
      lines.reduce((sum, each) => sum + each.usdMicros, 0),
      title,
    ).toBe(usdMicros);
    for (const { item, priceIds, usdMicros: usd } of lines) {
      expect(priceIds.length, item).toBeGreaterThan(0);
      expect(usd, `${title}: ${item}`).toBeGreaterThan(0);
    }
  }
});

test('what is watched and uploaded costs in proportion, what only runs does not', () => {
  const ratio = (item: string) =>
    (line('AWS, FFmpeg on Fargate', 50_000, item) ?? 0) / (line('AWS, FFmpeg on Fargate', 20_000, item) ?? 1);
  for (const item of ['delivery', 'storage']) expect(ratio(item)).toBeCloseTo(2.5, 4);
  for (const item of ['database', 'load balancer', 'NAT']) expect(ratio(item)).toBe(1);
  expect(ratio('workers')).toBeGreaterThan(2);
});

test('the page shows every bill and every row', () => {
  const tables = costTables([20_000, 50_000]);
  for (const { title } of billsFor(20_000)) expect(tables).toContain(`### ${title}\n`);
  for (const { id } of OURS) expect(rowTables()).toContain(`\`${id}\``);
});

test('every row that a line names is in a table', () => {
  const known = new Set([...OURS, ...rowsOf(PRICES)].map(({ id }) => id));
  const named = billsFor(20_000).flatMap(({ lines }) => lines.flatMap(({ priceIds }) => priceIds));
  expect(named.filter((id) => !known.has(id))).toEqual([]);
});

test('each way out of the network is priced, by hand', () => {
  expect(Object.keys(WAYS_OUT)).toEqual([...NAT]);
  // (2 of the balancer + 3 of tasks) x 0.005 x 730 h
  expect(networkLine('none', 3).usdMicros).toBe(18_250_000);
  // 0.045 x 730 h + 0.045 x 50 GiB + 3 x 0.005 x 730 h
  expect(networkLine('one', 3).usdMicros).toBe(46_050_000);
  // 2 x 0.045 x 730 h + 0.045 x 50 GiB + 4 x 0.005 x 730 h
  expect(networkLine('perAz', 3).usdMicros).toBe(82_550_000);
  for (const way of NAT) expect(networkTable([20_000])).toContain(`\`${way}\``);
});

test('what is off by default is priced, by hand, and each line names its rows', () => {
  const extras = awsExtras(usageOf(20_000));
  const usd = (key: string) => extras.find(({ item }) => item === `\`${key}\``)?.usdMicros;
  // 730 h x 12 runs x 0.0012
  expect(usd('canary')).toBe(10_512_000);
  // 20,000 x 30.4 d x 30 calls x 5 / 1,000,000
  expect(usd('tracing')).toBe(91_200_000);
  // 1,000,000 events at 4 a million and 10 GiB at 1
  expect(usd('guardDuty')).toBe(14_000_000);
  for (const { item, priceIds, usdMicros } of extras) {
    expect(usdMicros, item).toBeGreaterThan(0);
    expect(
      priceIds.filter(
        (id) => !OURS.some((row) => row.id === id) && !rowsOf(PRICES).some((row) => row.id === id),
      ),
      item,
    ).toEqual([]);
  }
  expect(extrasTable([20_000])).toContain('AWS: `secondRegion`');
});

test('what is assumed of the stack is not less than what the stack makes', () => {
  const inAlarms = ALARMS.flatMap(({ measures }) => Object.values(measures)).length;
  expect(Number(LOAD.alarms.value)).toBeGreaterThanOrEqual(inAlarms);
  expect(Number(LOAD.canaryMinutes.value)).toBe(CANARY_RUNS.everyMinutes);
});
