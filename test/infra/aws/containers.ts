import type { Recorded } from '../recording.ts';
import { allOf, type Inputs } from '../rules.ts';

/** Containers of every task definition. */
export function containersIn(resources: readonly Recorded[]): Inputs[] {
  return allOf(resources, 'TaskDefinition').flatMap(
    ({ inputs }) => JSON.parse(String(inputs.containerDefinitions)) as Inputs[],
  );
}
