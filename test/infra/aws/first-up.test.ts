import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CONFIG, record } from './recording.ts';

/** An engine that is told to make a part alone refuses one whose owner it was not told of. */
test('the first up of docs/deploy-aws.md makes the repository of images and whatever that belongs to', async () => {
  const page = readFileSync(new URL('../../../docs/deploy-aws.md', import.meta.url), 'utf8');
  const [, target = ''] = /pulumi up --target '\*\*([\w:]+)\*\*'/.exec(page) ?? [];
  const { resources, components } = await record(CONFIG);
  const owners = components.filter(({ type }) => type === target);
  expect(owners.map(({ name, parent }) => ({ name, parent }))).toEqual([
    { name: 'sluice', parent: expect.stringMatching(/^(?:pulumi:pulumi:Stack)?$/) },
  ]);
  const made = resources.filter(({ parent }) => parent === target).map(({ type }) => type);
  expect(made.sort()).toEqual(['aws:ecr/lifecyclePolicy:LifecyclePolicy', 'aws:ecr/repository:Repository']);
  expect(components.filter(({ parent }) => parent === target)).toEqual([]);
});
