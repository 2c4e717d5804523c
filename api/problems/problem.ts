import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import type { ErrorCode, FieldProblem } from '#domain/errors.ts';
import { PROBLEM_KINDS, type ProblemKind } from './problem-table.ts';

/** A refusal on its way out. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Only where a code has more than one status, which is rare. */
  readonly status?: ProblemKind['status'];
  readonly fields?: readonly FieldProblem[];
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The answer for a refusal: `application/problem+json` of RFC 9457 with `code`, `errors` and `requestId` added.
 * `type` is a reference that resolves against the request (section 3.1.1), to the page that explains the code.
 */
export function problemResponse(c: Context<ApiEnvironment>, refusal: Refusal): Response {
  const kind: ProblemKind = PROBLEM_KINDS[refusal.code];
  const status = refusal.status ?? kind.status;
  const waitSeconds = refusal.members?.retryAfterSeconds;
  const retryAfterSeconds = typeof waitSeconds === 'number' ? waitSeconds : kind.retryAfterSeconds;
  const body = {
    // Members of the domain's choosing come first, so that they can never replace one of ours.
    ...refusal.members,
    type: `/problems#${refusal.code}`,
    title: kind.title,
    status,
    detail: refusal.detail,
    code: refusal.code,
    errors: refusal.fields ?? [],
    requestId: c.get('requestId'),
  };
  return c.body(JSON.stringify(body), status, {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
    ...(status === 401 && { 'WWW-Authenticate': 'Bearer realm="sluice"' }),
    ...refusal.headers,
  });
}
