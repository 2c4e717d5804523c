import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { IDEMPOTENCY_PROBLEMS, IdempotencyHeaders, once } from '#api/middleware/idempotency.ts';
import { jsonBody } from '#api/openapi/contents.ts';
import { BODY_PROBLEMS, problems } from '#api/problems/problem-schema.ts';
import type { ErrorCode } from '#domain/errors.ts';

/** What all routes that steer the pipeline share in their description. */
export const ADMIN = { tags: ['Operations'], security: [{ bearer: ['admin'] }] };

/** The request of a POST with these members; none of them needed where `required` is false. */
export function steeringRequest<S extends z.ZodType>(body: S, { required = true } = {}) {
  return { headers: IdempotencyHeaders, body: jsonBody(body, { required }) };
}

/** What such a POST may refuse, and `more`. */
export function steeringProblems(...more: ErrorCode[]): object {
  return problems('unauthenticated', 'forbidden', ...BODY_PROBLEMS, ...IDEMPOTENCY_PROBLEMS, ...more);
}

/** A value as JSON has it: moments are text in ISO 8601. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { -readonly [Name in keyof T]: Json<T[Name]> }
      : T;

export function toJson<T>(value: T): Json<T> {
  return JSON.parse(JSON.stringify(value)) as Json<T>;
}

/**
 * Runs a POST once per `Idempotency-Key`. What it did is no resource that could be read again, so the answer itself is
 * kept and repeated; it holds no secret.
 */
export function steer<T extends object>(c: Context<ApiEnvironment>, verb: () => Promise<T>) {
  return once(c, {
    run: async () => {
      const done = toJson(await verb());
      return { resourceId: JSON.stringify(done), answer: c.json(done, 200) };
    },
    again: async (kept) => c.json(JSON.parse(kept) as Json<T>, 200),
  });
}
