import { expect, test } from 'vitest';
import { lineOfRow, sumOf } from '#domain/cost/cost-line.ts';
import { estimateDelivery } from '#domain/cost/estimate-delivery.ts';
import { estimateStorage } from '#domain/cost/estimate-storage.ts';
import { estimateTranscode } from '#domain/cost/estimate-transcode.ts';
import { exact, times } from '#domain/cost/exact.ts';
import { PRICES } from '#domain/cost/prices/price-tables.ts';
import { COST_SETTINGS, planOf } from './plans.ts';

// Each figure here was calculated by hand from the price table, or was on somebody's bill.

const bill = (transcoder: 'coconut' | 'mediaconvert' | 'ffmpeg', clip = {}, settings = COST_SETTINGS) =>
  estimateTranscode(planOf(transcoder, clip), transcoder, PRICES, settings);
const shown = (estimate: ReturnType<typeof bill>) =>
  estimate.lines.map(({ item, quantity, usdMicros }) => [item, quantity, usdMicros / 1e6]);

test('a bill that AWS sent: 2,877.121 HD and 2,293.903 SD minutes of the Professional tier are $96.58', () => {
  // github.com/aws-solutions-library-samples/video-on-demand-on-aws/issues/90: $69.05 and $27.53.
  const [row] = PRICES.mediaconvert.professional;
  const [sd, hd] = PRICES.mediaconvert.resolutions;
  const minutes = (length: string, multiplier: string) =>
    lineOfRow(row, times(exact(length), exact(multiplier)), { item: 'outputs' });
  const lines = [minutes('2877.121', hd?.multiplier.value ?? ''), minutes('2293.903', sd.multiplier.value)];
  expect(lines.map(({ usdMicros }) => (usdMicros / 1e6).toFixed(2))).toEqual(['69.05', '27.53']);
  expect(sumOf(lines)).toBe(96_577_740);
});

test('three hours on our ladder of four would have cost $8.10 by MediaConvert Basic and as much by Coconut', () => {
  // 180 x (2 HD x 0.015 + 2 SD x 0.0075) = 8.10; MediaConvert adds the sound: 180 x 0.4 x 0.0075 = 0.54.
  expect(bill('coconut', { seconds: 10_800 }).usdMicros).toBe(8_100_000);
  expect(bill('mediaconvert', { seconds: 10_800 }).usdMicros).toBe(8_640_000);
});

test('Coconut: ten minutes of 1080p are two HD and two SD outputs', () => {
  const estimate = bill('coconut');
  expect(shown(estimate)).toEqual([
    ['1080p', '10.0000', 0.15],
    ['720p', '10.0000', 0.15],
    ['480p', '10.0000', 0.075],
    ['360p', '10.0000', 0.075],
  ]);
  expect(estimate.usdMicrosPerSourceMinute).toBe(45_000);
});

test("Coconut's own example: a video of ten minutes in two HD formats costs $0.30", () => {
  // coconut.co/faq/how-do-you-calculate-output-minutes
  const [hd, alsoHd] = bill('coconut').lines;
  expect((hd?.usdMicros ?? 0) + (alsoHd?.usdMicros ?? 0)).toBe(300_000);
});

test('MediaConvert: 50 fps multiplies by 1.25, and the sound is an output of its own', () => {
  expect(shown(bill('mediaconvert', { framesPerSecond: 50 }))).toEqual([
    ['1080p', '25.0000', 0.1875],
    ['720p', '25.0000', 0.1875],
    ['480p', '12.5000', 0.09375],
    ['360p', '12.5000', 0.09375],
    ['sound', '4.0000', 0.03],
  ]);
});

test('MediaConvert: in transport streams the sound is part of each output', () => {
  const items = bill('mediaconvert', { segmentContainer: 'ts' }).lines.map(({ item }) => item);
  expect(items).not.toContain('sound');
});

test('MediaConvert: a clip of three seconds is billed as ten, one of 10.2 as eleven', () => {
  const [short] = bill('mediaconvert', { seconds: 3 }).lines;
  const [longer] = bill('mediaconvert', { seconds: 10.2 }).lines;
  expect([short?.outputMinutes, longer?.outputMinutes]).toEqual(['0.1667', '0.1833']);
  expect([short?.usdMicros, longer?.usdMicros]).toEqual([2500, 2750]);
});

test('MediaConvert: woven pictures are billed by the Professional tier, and it is said', () => {
  const estimate = bill('mediaconvert', { interlaced: true });
  // 10 min x 0.012 x (2 + 2 + 1 + 1) and the sound, 10 x 0.39 x 0.012
  expect(estimate.usdMicros).toBe(720_000 + 46_800);
  expect(estimate.notes.join()).toContain('Professional');
});

test('MediaConvert: prices of another region are named as such', () => {
  const { region, notes } = bill('mediaconvert', {}, { ...COST_SETTINGS, region: 'eu-west-1' });
  expect(region).toBe('us-east-1');
  expect(notes[0]).toBe('Prices of us-east-1: those of eu-west-1 are not in the table.');
});

test('FFmpeg: ten minutes of 1080p keep two cores of Fargate busy for a quarter of an hour', () => {
  const estimate = bill('ffmpeg');
  // 151.1 CPU s a minute x 10 / (2 cores x 0.92 x 60) = 13.687 machine minutes at 0.09874 / 60 dollars.
  expect(estimate.usdMicros).toBeGreaterThanOrEqual(22_524 - 3);
  expect(estimate.usdMicros).toBeLessThanOrEqual(22_524 + 3);
  expect(estimate.lines.map(({ item }) => item)).toEqual([
    '1080p',
    '720p',
    '480p',
    '360p',
    'decoding and sound',
    'reading, checking, storing',
  ]);
});

test('FFmpeg: a machine of one’s own costs what its owner says', () => {
  const settings = { ...COST_SETTINGS, machineUsdPerHour: '0.6' };
  const minutes = 13.687;
  expect(bill('ffmpeg', {}, settings).usdMicros / 1e6).toBeCloseTo(minutes * 0.01, 4);
});

test('FFmpeg: App Platform is a month of 28 days, by the second', () => {
  const { lines, usdMicros } = bill('ffmpeg', {}, { ...COST_SETTINGS, machine: 'app-platform-dedicated' });
  // 78 / (28 x 1440) dollars a minute
  expect(lines[0]?.unitUsd).toBe('0.00193452');
  expect(usdMicros / 1e6).toBeCloseTo(13.687 * 0.0019345, 4);
});

test('storage: ten minutes at 0.7 of the caps and the source, by the GiB-month', () => {
  const video = { plan: planOf('ffmpeg'), transcoder: 'ffmpeg', sourceBytes: 1024 ** 3 } as const;
  const s3 = estimateStorage(video, 's3', PRICES, 'us-east-1');
  // (10 Mb/s x 0.7 + 0.128) x 600 s / 8 = 534.6 MB = 0.49788 GiB; x 0.023
  expect(s3.monthly.map(({ usdMicros }) => usdMicros)).toEqual([11_451, 23_000]);
  // (10 + 0.128) x 600 / 8 = 759.6 MB = 0.70743 GiB
  expect(s3.atMostMonthlyUsdMicros).toBe(16_271 + 23_000);
  // 5 streams x (150 segments + init + playlist) + master = 761 PUTs at $5 a million
  expect(s3.writing?.usdMicros).toBe(3805);
  const spaces = estimateStorage(video, 'spaces', PRICES, 'us-east-1');
  expect(spaces.base).toMatchObject({ usdMicros: 5_000_000, includedGib: '250' });
  expect(spaces.monthlyUsdMicros).toBe(9958 + 20_000);
  expect(spaces.writing).toBeNull();
});

test('delivery: a thousand views, half of the time at the top, half spread over the rest', () => {
  const video = { plan: planOf('ffmpeg'), transcoder: 'ffmpeg', views: 1000, viewers: 'europe' } as const;
  const cloudfront = estimateDelivery(video, 'cloudfront', PRICES);
  // 0.7 x (5 x 0.5 + 5/3 x 0.5) + 0.128 = 2.46133 Mb/s; x 600 s x 1000 / 8 = 184.6 GB = 171.922 GiB; x 0.085
  expect(cloudfront.lines[0]?.usdMicros).toBe(14_613_383);
  // 2 streams x 152 objects + master = 305 requests a view; 30.5 x 0.01
  expect(cloudfront.lines[1]?.usdMicros).toBe(305_000);
  // (5 + 0.128) Mb/s: 384.6 GB = 358.1867 GiB
  expect(cloudfront.atMostUsdMicros).toBe(30_445_866 + 305_000);
  expect(estimateDelivery(video, 'spaces-cdn', PRICES).lines.map(({ item }) => item)).toEqual(['transfer']);
});
