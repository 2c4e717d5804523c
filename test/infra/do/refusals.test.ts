import { expect, test } from 'vitest';
import { CONFIG, record } from './recording.ts';

test.each([
  ['arm', 'true', 'x86'],
  ['spot', 'true', 'spare capacity'],
  ['nat', 'perAz', 'by itself'],
  ['archiveAfterDays', '90', 'no archive'],
  ['databaseBackupDays', '14', 'seven days'],
  ['budgetUsd', '100', 'billing alert'],
  ['transcoder', 'mediaconvert', 'Amazon S3 only'],
  ['transcoderFallback', 'mediaconvert', 'ffmpeg, behind coconut'],
  ['guardDuty', 'true', 'guardDuty (of AWS'],
  ['canary', 'true', 'canary (of AWS'],
  ['transcribe', 'true', 'of AWS'],
])('what DigitalOcean has not is refused, not passed over: %s', async (key, value, reason) => {
  await expect(record({ ...CONFIG, [key]: value })).rejects.toThrow(reason);
});

test('all that cannot be had is said at once', async () => {
  const config = { ...CONFIG, arm: 'true', spot: 'true' };
  await expect(record(config)).rejects.toThrow(/arm \(.*; spot \(/);
});

test.each([
  ['region', 'nyc1', 'region must be'],
  ['registryTier', 'gold', 'registryTier must be'],
  ['image', 'sluice:latest', 'image must be'],
])('a key says what it takes: %s', async (key, value, reason) => {
  await expect(record({ ...CONFIG, [key]: value })).rejects.toThrow(reason);
});

test('more connections than the database takes are refused', async () => {
  await expect(record({ ...CONFIG, apiMin: '20' })).rejects.toThrow('raise databaseSize');
});
