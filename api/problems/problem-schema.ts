import { z } from '@hono/zod-openapi';
import { ERROR_CODES, type ErrorCode } from '#domain/errors.ts';
import { PROBLEM_KINDS, type ProblemKind } from './problem-table.ts';

export const ProblemBody = z
  .looseObject({
    type: z.string().openapi({ description: 'Where the code is explained.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: 'What happened, for people.' }),
    code: z.enum(ERROR_CODES).openapi({ description: 'What happened, for programs. Stable.' }),
    errors: z.array(z.object({ field: z.string(), message: z.string() })),
    requestId: z.string(),
  })
  .openapi('Problem', { description: 'RFC 9457. Some codes add members of their own.' });

/** Every route that reads a token or a database can answer these. */
const EVERYWHERE: readonly ErrorCode[] = ['database_unavailable', 'internal'];

/** What a route with a JSON body can answer because of that body. */
export const BODY_PROBLEMS = [
  'malformed_json',
  'unsupported_media_type',
  'body_too_large',
  'invalid_request',
] as const satisfies ErrorCode[];

/**
 * The refusals of a route for its OpenAPI description, one response a status. Handlers throw them and never return them,
 * so they add nothing to the handler's type.
 */
export function problems(...codes: ErrorCode[]): object {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...codes, ...EVERYWHERE]) {
    const { status } = PROBLEM_KINDS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, sameStatus]) => [status, problemOf(sameStatus)]));
}

function problemOf(codes: readonly ErrorCode[]) {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEM_KINDS[code].title}`).join('. '),
    content: {
      'application/problem+json': {
        schema: ProblemBody,
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  };
}

function exampleOf(code: ErrorCode) {
  const kind: ProblemKind = PROBLEM_KINDS[code];
  return {
    type: `/problems#${code}`,
    title: kind.title,
    status: kind.status,
    detail: kind.advice,
    code,
    errors: code === 'invalid_request' ? [{ field: 'title', message: 'must have 1 to 200 characters' }] : [],
    requestId: '6f1a1c1e-7a55-4b0e-9a35-3e0f1f6f0a11',
  };
}
