import { z } from '@hono/zod-openapi';

const CURSOR = {
  param: { name: 'cursor', in: 'query' },
  description: '`nextCursor` of the page before.',
} as const;

/** How many items a page of a list holds, as the query says. */
export const pageLimit = ({ max = 100, byDefault = 20 } = {}) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(max)
    .default(byDefault)
    .openapi({ type: 'integer', param: { name: 'limit', in: 'query' } });

/** Where a page goes on; callers read nothing out of it. */
export const pageCursor = () => z.string().max(500).optional().openapi(CURSOR);

/** The same where it is the id of the last item. */
export const idCursor = () => z.uuid().optional().openapi(CURSOR);
