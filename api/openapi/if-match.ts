import { z } from '@hono/zod-openapi';

/** Header of a PATCH that may say what reading it changes. */
export const IfMatchHeaders = z.object({
  'if-match': z
    .string()
    .max(1000)
    .optional()
    .openapi({
      param: { name: 'if-match', in: 'header' },
      description: 'The `ETag` of the reading to change.',
    }),
});
