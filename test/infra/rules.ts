import type { Recorded } from './recording.ts';

/** What is wrong with the resources of a stack, a line each; none when all is well. */
export type Rule = (resources: readonly Recorded[]) => string[];

export type Inputs = Record<string, unknown>;

/** A line for each resource of a type whose inputs are refused; `check` names what is wrong. */
export function each(
  type: string,
  check: (inputs: Inputs, resource: Recorded) => readonly (string | false)[],
): Rule {
  return (resources) =>
    allOf(resources, type).flatMap((resource) =>
      check(resource.inputs, resource)
        .filter((fault) => fault !== false)
        .map((fault) => `${type} ${resource.name}: ${fault}`),
    );
}

/** A member that is none of the words which the API takes. */
export function notIn(inputs: Inputs, member: string, words: readonly unknown[]): string | false {
  return !words.includes(inputs[member]) && `${member} is ${JSON.stringify(inputs[member])}`;
}

export function outside(inputs: Inputs, member: string, min: number, max: number): string | false {
  const value = inputs[member];
  return !(typeof value === 'number' && value >= min && value <= max) && `${member} is ${value}`;
}

/** Objects under a member, an empty list when there are none. */
export function list(inputs: Inputs, member: string): Inputs[] {
  const value = inputs[member];
  return Array.isArray(value) ? (value as Inputs[]) : [];
}

export function at(inputs: Inputs, member: string): Inputs {
  return (inputs[member] ?? {}) as Inputs;
}

/** Resources of one type of the provider, `App` for `digitalocean:index/app:App`. */
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
