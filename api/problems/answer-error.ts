import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { problemResponse } from './problem.ts';
import { refusalOfError } from './refusal-of-error.ts';

/** The answer for anything thrown. What nobody expected is logged whole and told to nobody. */
export function answerError(error: Error, c: Context<ApiEnvironment>): Response {
  const refusal = refusalOfError(error);
  if (!refusal) {
    c.get('log').error({ route: c.get('route'), stack: error.stack }, 'unexpected error');
    const detail = 'The request failed for a reason that is not yours. It was logged under requestId.';
    return problemResponse(c, { code: 'internal', detail });
  }
  if (refusal.code === 'storage_unavailable' || refusal.code === 'database_unavailable')
    c.get('log').warn({ code: refusal.code, reason: error.message }, 'a part behind the API does not answer');
  return problemResponse(c, refusal);
}

/** The answer where no route matched. */
export function answerNotFound(c: Context<ApiEnvironment>): Response {
  return problemResponse(c, { code: 'not_found', detail: 'No resource has this path.' });
}
