import type { z } from '@hono/zod-openapi';

/** What the headers that we set beside a JSON body mean. */
const HEADERS = {
  ETag: 'Validator of what PATCH can change, for If-Match.',
  Location: 'Path of what was made.',
  'Retry-After': 'Seconds.',
} as const;

/** A JSON answer of a route, and the headers that come with it. */
export function jsonContent<S extends z.ZodType>(
  schema: S,
  description: string,
  ...headers: (keyof typeof HEADERS)[]
) {
  return {
    description,
    headers: Object.fromEntries(
      headers.map((name) => [name, { description: HEADERS[name], schema: { type: 'string' as const } }]),
    ),
    content: { 'application/json': { schema } },
  };
}

/** A JSON request body. One that is not required may be left out altogether. */
export function jsonBody<S extends z.ZodType>(schema: S, { required = true } = {}) {
  return { required, content: { 'application/json': { schema } } };
}
