import { MACHINE_NAMES } from '#domain/cost/prices/machines.ts';
import { amount, noted, oneOf } from './config-fields.ts';

/** The variables that costs are calculated with. */
export const COST_VARIABLES = {
  COST_MACHINE: noted(oneOf(MACHINE_NAMES), {
    byDefault: 'app-platform-dedicated with storage of Spaces, else fargate-x86',
  })
    .optional()
    .describe("Where the worker runs: with whose price FFmpeg's costs are calculated."),
  COST_MACHINE_USD_PER_HOUR: noted(amount(), { byDefault: 'the list price of COST_MACHINE' })
    .optional()
    .describe('What such a machine, with as many cores, costs you an hour, in US dollars: `0.05`.'),
};
