import { beforeAll, describe, expect, test } from 'vitest';
import type { Recorded, Recording } from '../recording.ts';
import type { Rule } from '../rules.ts';
import { differences, secretOutputs } from '../shared-rules.ts';
import { secretsInPlain } from './access-rules.ts';
import { RULES as OF_EVERY_STACK } from './all-rules.ts';
import { DEFECTS } from './defects.ts';
import { dataRule } from './kept-data.ts';
import type { Plant } from './planting.ts';
import { CONFIG, record, SECRETS } from './recording.ts';
import { SHARED_DEFECTS } from './shared-defects.ts';

const RULES: Readonly<Record<string, Rule>> = {
  ...OF_EVERY_STACK,
  'secrets are ciphertext': secretsInPlain(Object.values(SECRETS)),
  'data is kept': dataRule(true),
};
const ALL: Readonly<Record<string, readonly Plant[]>> = { ...DEFECTS, ...SHARED_DEFECTS };

let sound: Recording;
beforeAll(async () => {
  sound = await record({ ...CONFIG, transcoder: 'coconut' });
});

/** The stack with a defect in the resource of a type and a name, or in the first whose name holds it. */
function planted([type, name, plant]: Plant): Recorded[] {
  const copies = structuredClone(sound.resources) as Recorded[];
  const ofType = copies.filter((each) => each.type.endsWith(`:${type}`));
  const target = ofType.find((each) => each.name === name) ?? ofType.find((each) => each.name.includes(name));
  if (!target) throw new Error(`No ${type} ${name} was registered`);
  if (plant === null) copies.splice(copies.indexOf(target), 1);
  else plant(target.inputs, target);
  return copies;
}

test.each(
  Object.entries(ALL).flatMap(([rule, plants]) => plants.map((plant, i) => [rule, i, plant] as const)),
)('%s: defect %i is told', (rule, _, plant) => {
  expect(RULES[rule]?.(sound.resources)).toEqual([]);
  expect(RULES[rule]?.(planted(plant))).not.toEqual([]);
});

test('every rule has a defect', () => {
  expect(Object.keys(RULES).filter((rule) => !(rule in ALL))).toEqual([]);
});

describe('what is asked of whole stacks', () => {
  test('data that stays where none is to be kept is told', () => {
    expect(dataRule(false)(sound.resources)).not.toEqual([]);
  });

  test('a resource that a second run registers otherwise is told, and one that it does not register', () => {
    expect(differences(sound, sound)).toEqual([]);
    const otherwise = planted(['Instance', '', (inputs) => Object.assign(inputs, { port: 1 })]);
    expect(differences(sound, { ...sound, resources: otherwise })).toHaveLength(2);
    expect(differences(sound, { ...sound, components: sound.components.slice(1) })).toHaveLength(1);
  });

  test('an output that is a secret is told', () => {
    const outputs = { ...sound.outputs, databaseUrl: { value: 'postgres://', isSecret: true } };
    expect(secretOutputs({ ...sound, outputs })).toEqual(['databaseUrl']);
  });
});
