import type { Recorded } from '../recording.ts';
import { at, type Inputs, list } from '../rules.ts';

type Changeable = { -readonly [K in keyof Recorded]: Recorded[K] };

/** Type, part of the name, and what is done to the inputs, or to what was asked beside them; null: the resource is gone. */
export type Plant = readonly [
  type: string,
  name: string,
  plant: ((inputs: Inputs, resource: Changeable) => void) | null,
];

export const set = (member: string, value: unknown) => (inputs: Inputs) => {
  inputs[member] = value;
};
export const inside = (member: string, key: string, value: unknown) => (inputs: Inputs) => {
  at(inputs, member)[key] = value;
};
/** Changes JSON in a member. */
export const json = (member: string, change: (parsed: Inputs) => void) => (inputs: Inputs) => {
  const parsed = JSON.parse(String(inputs[member])) as Inputs;
  change(parsed);
  inputs[member] = JSON.stringify(parsed);
};
export const statement = (member: string, values: Inputs) =>
  json(member, (policy) => Object.assign(list(policy, 'Statement').at(-1) ?? {}, values));
export const container = (name: string, values: Inputs) => (inputs: Inputs) => {
  const all = JSON.parse(String(inputs.containerDefinitions)) as Inputs[];
  Object.assign(all.find((each) => each.name === name) ?? {}, values);
  inputs.containerDefinitions = JSON.stringify(all);
};
export const first = (member: string, values: Inputs) => (inputs: Inputs) => {
  Object.assign(list(inputs, member)[0] ?? {}, values);
};

/** What the engine was asked for beside the inputs. */
export const asked = (options: Partial<Recorded>) => (_: Inputs, resource: Changeable) => {
  Object.assign(resource, options);
};
