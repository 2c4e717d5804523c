import type { Settings } from '../settings.ts';

/** Keys that ask for what DigitalOcean has not, each with what to do instead. */
const UNAVAILABLE: Readonly<Record<string, { isAsked: (settings: Settings) => boolean; instead: string }>> = {
  arm: { isAsked: ({ arm }) => arm, instead: 'App Platform runs x86 only' },
  spot: { isAsked: ({ spot }) => spot, instead: 'App Platform has no spare capacity to sell' },
  nat: { isAsked: ({ nat }) => nat !== 'one', instead: 'App Platform reaches the world by itself' },
  archiveAfterDays: {
    isAsked: ({ archiveAfterDays }) => archiveAfterDays !== null,
    instead: 'a Space has no archive to move objects to',
  },
  databaseBackupDays: {
    isAsked: ({ database }) => database.backupDays !== 7,
    instead: 'Managed Postgres keeps seven days, no more and no less',
  },
  budgetUsd: {
    isAsked: ({ budgetUsd }) => budgetUsd !== null,
    instead: 'set a billing alert in the control panel',
  },
  transcoder: {
    isAsked: ({ transcoder }) => transcoder === 'mediaconvert',
    instead: 'MediaConvert reads and writes Amazon S3 only',
  },
  transcoderFallback: {
    isAsked: ({ transcoder, service }) =>
      service.transcoderFallback === 'mediaconvert' ||
      (service.transcoderFallback === 'coconut' && transcoder !== 'coconut'),
    instead: 'the fallback is ffmpeg, behind coconut',
  },
  extras: {
    isAsked: ({ extras }) => Object.values(extras).some(Boolean),
    instead: 'of AWS; for traces set otlpEndpoint',
  },
};

/** Refuses a configuration that would quietly get less than it says. Throws one line for all of it. */
export function refuseUnavailable(settings: Settings): void {
  const refused = Object.entries(UNAVAILABLE).filter(([, { isAsked }]) => isAsked(settings));
  if (refused.length === 0) return;
  const extras = Object.entries(settings.extras).flatMap(([key, isOn]) => (isOn ? [key] : []));
  const lines = refused.map(
    ([key, { instead }]) => `${key === 'extras' ? extras.join(', ') : key} (${instead})`,
  );
  throw new Error(`Not to be had on DigitalOcean: ${lines.join('; ')}`);
}
