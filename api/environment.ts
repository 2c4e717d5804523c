import type { Context, Log } from '#domain/context.ts';

/** What middleware leaves for handlers. */
export interface ApiVariables {
  /** Also in the answer's `X-Request-Id`, in every log line and in every problem. */
  requestId: string;
  /** The matched template such as `/api/videos/{videoId}`, `unmatched` for none. Never the path itself (R16). */
  route: string;
  /** Adds the request's id to each line. */
  log: Log;
  /** `sub` of the caller's JWT, null for an upload token; set by `authentication` only. */
  subject: string | null;
  /** The unit of work of an authenticated caller; set by `authentication` only. */
  context: Context;
}

export interface ApiEnvironment {
  Variables: ApiVariables;
}
