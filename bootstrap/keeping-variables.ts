import { noted, seconds, wholeNumber } from './config-fields.ts';

const DAY_SECONDS = 86_400;

/** The variables that say how long what is kept. */
export const KEEPING_VARIABLES = {
  VERSION_GRACE_SECONDS: seconds(0, 365 * DAY_SECONDS)
    .default(DAY_SECONDS)
    .describe('How long a replaced version stays playable.'),
  DELETE_GRACE_SECONDS: seconds(0, 365 * DAY_SECONDS)
    .default(0)
    .describe('How long the objects of a deleted video are kept before they are removed.'),
  RETENTION_DAYS: noted(wholeNumber(1, 36_500, 'whole days,'), { byDefault: 'none; everything is kept' })
    .optional()
    .describe(
      'So many days after it was created a video is deleted: its row, its objects and what a CDN holds.',
    ),
};
