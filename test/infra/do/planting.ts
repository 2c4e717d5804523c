import type { Recorded } from '../recording.ts';
import { at, type Inputs, list, type Rule } from '../rules.ts';
import { CONFIG, record } from './recording.ts';

/** A stack that has one of everything. */
export const { resources: SOUND } = await record({
  ...CONFIG,
  apiSize: 'medium',
  databaseSize: 'medium',
  registryTier: 'basic',
  mediaDomain: 'm.example.com',
});

/** What a rule has to say of resources that were tampered with. */
export type Defect = readonly [rule: string, fault: string, resources: () => Recorded[]];

export type Plant = (inputs: Inputs) => void;

const is = (resource: Recorded, type: string, name: string) =>
  resource.type.endsWith(`:${type}`) && resource.name.includes(name);

/** Ways to tamper with a stack that is sound. */
export function plantingIn(sound: readonly Recorded[]) {
  return {
    /** The first resource of a type (and of a name) gets a defect. */
    planted(type: string, plant: Plant, name = ''): Recorded[] {
      const copies = structuredClone(sound) as Recorded[];
      const found = copies.find((each) => is(each, type, name));
      if (!found) throw new Error(`No ${type} ${name} was registered`);
      plant(found.inputs);
      return copies;
    },
    /** The first resource of a type (and of a name) was registered otherwise. */
    altered(type: string, change: Partial<Recorded>, name = ''): Recorded[] {
      const found = sound.find((each) => is(each, type, name));
      if (!found) throw new Error(`No ${type} ${name} was registered`);
      return sound.map((each) => (each === found ? { ...each, ...change } : each));
    },
    without(type: string, name = ''): Recorded[] {
      return sound.filter((each) => !is(each, type, name));
    },
  };
}

export const { planted, altered, without } = plantingIn(SOUND);

export const set =
  (member: string, value: unknown): Plant =>
  (inputs) => {
    inputs[member] = value;
  };

/** In the first object of a list. */
export const inFirst =
  (member: string, plant: Plant): Plant =>
  (inputs) =>
    plant(list(inputs, member)[0] ?? {});

export const within =
  (member: string, plant: Plant): Plant =>
  (inputs) =>
    plant(at(inputs, member));

/** What a rule says; nothing of the sound stack, so that what it says is the defect's. */
export function saidOf(rules: Readonly<Record<string, Rule>>, [name, , resources]: Defect): string {
  return rules[name]?.(resources()).join('\n') ?? `there is no rule ${name}`;
}
