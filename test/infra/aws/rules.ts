import { at, every, type Inputs, list, notIn, ofType } from '../do/rules.ts';
import type { Recorded } from './recording.ts';

/** What is wrong with the resources of a stack, a line each; none when all is well. */
export type Rule = (resources: readonly Recorded[]) => string[];
type Checked = (inputs: Inputs, resource: { name: string }) => (string | false)[];

/** A line for each resource of a type whose inputs are refused. */
export function each(type: string, check: Checked): Rule {
  const rule = every(type, check);
  return (resources) => rule(resources.map((resource) => ({ ...resource, provider: '' })));
}

/** Resources of one type. */
export function allOf(resources: readonly Recorded[], type: string): Recorded[] {
  return resources.filter((resource) => resource.type.split(':').at(-1) === type);
}

/** JSON in a member; an empty object where it is none. */
export function parsed(inputs: Inputs, member: string): Inputs {
  try {
    return JSON.parse(String(inputs[member])) as Inputs;
  } catch {
    return {};
  }
}

/** Containers of every task definition. */
export function containersIn(resources: readonly Recorded[]): Inputs[] {
  return allOf(resources, 'TaskDefinition').flatMap(
    ({ inputs }) => JSON.parse(String(inputs.containerDefinitions)) as Inputs[],
  );
}

export { at, type Inputs, list, notIn, ofType };
