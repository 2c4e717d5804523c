import { configuration } from './configuration.ts';
import { deploymentCost } from './deployment-cost.ts';
import { prices } from './prices.ts';
import { stateDiagrams } from './state-diagrams.ts';

/** Every page that is printed from code: file name under docs/ to its text. */
export const PRINTED_PAGES: Readonly<Record<string, () => string>> = {
  'states.md': stateDiagrams,
  'configuration.md': configuration,
  'prices.md': prices,
  'deployment-cost.md': deploymentCost,
};
