import { z } from 'zod';
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
  CANARY_SUBJECT: noted(subject(), { byDefault: 'none; nobody is reserved' })
    .optional()
    .describe(
      "The `sub` of a probe's own bearer token. The hourly sweep deletes videos of that owner that are older than an hour and never had a whole source; an owner who has any other video is a user, keeps all, and a warning says so.",
    ),
};

/** As it stands in a token: printable, without blanks around it, which would be another subject. */
function subject() {
  return z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 printable characters without blanks');
}
