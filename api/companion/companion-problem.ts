import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { problemResponse } from '#api/problems/problem.ts';
import { refusalOfError } from '#api/problems/refusal-of-error.ts';

/** A problem as everywhere, with the one member that Uppy shows to its user: `message`. */
export function answerCompanionError(error: Error, c: Context<ApiEnvironment>): Response {
  const refusal = refusalOfError(error);
  if (!refusal) c.get('log').error({ route: c.get('route'), stack: error.stack }, 'unexpected error');
  const known = refusal ?? { code: 'internal', detail: 'The request failed for a reason that is not yours.' };
  return problemResponse(c, { ...known, members: { ...refusal?.members, message: known.detail } });
}
