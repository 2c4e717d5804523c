import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const INFRA = path.resolve(import.meta.dirname, '../../infra');

/** Components in a text of the program that never say that they are complete: the engine would wait for what they hold. */
function incomplete(text: string): string[] {
  return text
    .split(/^(?=(?:export )?class )/m)
    .filter((part) => /^(?:export )?class \w+(?:<.*>)? extends ComponentResource/.test(part))
    .filter((part) => !/^ {4}this\.registerOutputs\(/m.test(part))
    .map((part) => /class (\w+)/.exec(part)?.[1] ?? '');
}

/** Types of components: how the control panel and `pulumi stack` tell them apart. */
const typesIn = (text: string) => [...text.matchAll(/super\('([^']+)'/g)].map(([, type = '']) => type);

const files = globSync('**/*.ts', { cwd: INFRA });
const texts = files.map((file) => [file, readFileSync(path.join(INFRA, file), 'utf8')] as const);

test('every component says at its end that it is complete', () => {
  expect(texts.flatMap(([, text]) => typesIn(text)).length).toBeGreaterThan(30);
  expect(texts.flatMap(([file, text]) => incomplete(text).map((name) => `${file}: ${name}`))).toEqual([]);
});

test('one that does not is told', () => {
  const complete =
    'export class A extends ComponentResource {\n  constructor() {\n    this.registerOutputs();\n  }\n}\n';
  expect(incomplete(complete)).toEqual([]);
  expect(
    incomplete(complete + complete.replace('    this.registerOutputs();\n', '').replace('A', 'B')),
  ).toEqual(['B']);
});

test('a type of component is named by its cloud and its class, and belongs to one class', () => {
  const types = texts.flatMap(([file, text]) =>
    typesIn(text).map((type) => ({ type, cloud: file.split(path.sep)[0], text })),
  );
  expect(
    types.filter(({ type, cloud }) => !type.startsWith(`sluice:${cloud}:`)).map(({ type }) => type),
  ).toEqual([]);
  expect(
    types
      .filter(({ type, text }) => !new RegExp(`class ${type.split(':')[2]}\\b`).test(text))
      .map(({ type }) => type),
  ).toEqual([]);
  expect(types.map(({ type }) => type).filter((type, i, all) => all.indexOf(type) !== i)).toEqual([]);
});
