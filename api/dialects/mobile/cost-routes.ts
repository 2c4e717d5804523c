import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { jsonContent } from '#api/openapi/contents.ts';
import { problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import { getCostEstimate } from '#domain/cost/get-cost-estimate.ts';
import { CostEstimateBody, CostEstimateQuery } from './cost-schemas.ts';
import { costEstimateBody } from './present-cost.ts';
import { VideoParams } from './video-schemas.ts';

const read = createRoute({
  tags: ['Videos'],
  security: [{ bearer: [] }],
  method: 'get',
  path: '/api/videos/{videoId}/cost-estimate',
  operationId: 'getCostEstimate',
  summary: 'What a video costs',
  description:
    'Transcoding (once), storage (a month) and delivery (a thousand views), each apart; every number names its price, and each price its date and source. `actual` is what was recorded when the version that plays was published.',
  request: { params: VideoParams, query: CostEstimateQuery },
  responses: {
    200: jsonContent(CostEstimateBody, 'The estimate.'),
    ...problems('unauthenticated', 'video_not_found', 'source_not_probed', 'invalid_request'),
  },
});

/** Costs, in the reference contract. */
export function costRoutes() {
  return new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook }).openapi(read, async (c) => {
    const cost = await getCostEstimate(c.get('context'), {
      ...c.req.valid('param'),
      ...c.req.valid('query'),
    });
    return c.json(costEstimateBody(cost), 200);
  });
}
