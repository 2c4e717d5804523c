import fc from 'fast-check';
import { expect, test } from 'vitest';
import { estimate } from '#domain/cost/estimate.ts';
import { estimateTranscode } from '#domain/cost/estimate-transcode.ts';
import { rowsOf } from '#domain/cost/price-row.ts';
import { VIEWER_REGIONS } from '#domain/cost/prices/delivery.ts';
import { MACHINE_NAMES } from '#domain/cost/prices/machines.ts';
import { PRICES } from '#domain/cost/prices/price-tables.ts';
import { TRANSCODER_NAMES } from '#providers/transcoders/transcoder.ts';
import { COST_SETTINGS, planOf } from './plans.ts';

const clip = fc.record({
  milliseconds: fc.integer({ min: 12_000, max: 12 * 3_600_000 }),
  width: fc.integer({ min: 2, max: 8192 }),
  height: fc.integer({ min: 2, max: 4320 }),
  framesPerSecond: fc.constantFrom(1, 12, 24, 25, 30, 48, 50, 60, 120, 240),
  hasSound: fc.boolean(),
  interlaced: fc.boolean(),
  segmentContainer: fc.constantFrom('fmp4' as const, 'ts' as const),
  mp4Renditions: fc.boolean(),
});
/** The same in each run. */
const RUNS = { seed: 20_261_121, numRuns: 200 };
const transcoder = fc.constantFrom(...TRANSCODER_NAMES);
const settings = fc
  .record({ machine: fc.constantFrom(...MACHINE_NAMES), region: fc.constantFrom('us-east-1', 'eu-west-1') })
  .map((chosen) => ({ ...COST_SETTINGS, ...chosen }));
const seconds = (milliseconds: number) => ({ seconds: milliseconds / 1000 });

test('the lines of everything add up to its total, and no part is below 0 or above its bound', () => {
  const viewers = fc.constantFrom(...VIEWER_REGIONS);
  const bytes = fc.option(fc.integer({ min: 1, max: 2 ** 42 }));
  fc.assert(
    fc.property(clip, transcoder, settings, viewers, bytes, (of, name, place, where, sourceBytes) => {
      const plan = planOf(name, { ...of, ...seconds(of.milliseconds) });
      const alternatives = TRANSCODER_NAMES.filter((other) => other !== name);
      const input = { plan, transcoder: name, alternatives, sourceBytes, views: 1000, viewers: where };
      const result = estimate(input, PRICES, place);
      const parts = [
        ...[result.transcode, ...result.alternatives].map((each) => [each.lines, each.usdMicros] as const),
        ...result.storage.map((each) => [each.monthly, each.monthlyUsdMicros] as const),
        ...result.delivery.map((each) => [each.lines, each.usdMicros] as const),
      ];
      for (const [lines, total] of parts) {
        expect(lines.reduce((sum, { usdMicros }) => sum + usdMicros, 0)).toBe(total);
        for (const { usdMicros } of lines) {
          expect(usdMicros).toBeGreaterThanOrEqual(0);
          expect(Number.isSafeInteger(usdMicros)).toBe(true);
        }
      }
      for (const each of result.storage)
        expect(each.atMostMonthlyUsdMicros).toBeGreaterThanOrEqual(each.monthlyUsdMicros);
      for (const each of result.delivery) expect(each.atMostUsdMicros).toBeGreaterThanOrEqual(each.usdMicros);
    }),
    RUNS,
  );
});

test('every number names rows that are there', () => {
  const known = new Set(rowsOf(PRICES).map(({ id }) => id));
  fc.assert(
    fc.property(clip, transcoder, settings, (of, name, place) => {
      const plan = planOf(name, { ...of, ...seconds(of.milliseconds) });
      for (const { priceIds } of estimateTranscode(plan, name, PRICES, place).lines) {
        expect(priceIds.length).toBeGreaterThan(0);
        for (const id of priceIds) expect(known, id).toContain(id);
      }
    }),
    RUNS,
  );
});

test('another rung never makes it cheaper', () => {
  fc.assert(
    fc.property(clip, transcoder, settings, (of, name, place) => {
      const plan = planOf(name, { ...of, ...seconds(of.milliseconds) });
      const costs = plan.ladder.map((_, from) => {
        const less = { ...plan, ladder: plan.ladder.slice(from) };
        return estimateTranscode(less, name, PRICES, place).usdMicros;
      });
      expect(costs).toEqual(costs.toSorted((a, b) => b - a));
    }),
    RUNS,
  );
});

test('twice the length costs twice as much, to a micro-dollar a line', () => {
  fc.assert(
    fc.property(clip, transcoder, settings, (of, name, place) => {
      // Whole seconds, as MediaConvert bills them.
      const length = Math.ceil(of.milliseconds / 1000);
      const cost = (long: number) =>
        estimateTranscode(planOf(name, { ...of, seconds: long }), name, PRICES, place);
      const once = cost(length);
      const apart = Math.abs(cost(2 * length).usdMicros - 2 * once.usdMicros);
      expect(apart).toBeLessThanOrEqual(once.lines.length);
    }),
    RUNS,
  );
});

test('more frames a second never make it cheaper', () => {
  for (const name of TRANSCODER_NAMES) {
    const costs = [12, 24, 30, 48, 60, 120].map(
      (framesPerSecond) =>
        estimateTranscode(planOf(name, { framesPerSecond }), name, PRICES, COST_SETTINGS).usdMicros,
    );
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
  }
});
