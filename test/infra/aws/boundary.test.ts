import { beforeAll, expect, test } from 'vitest';
import type { Recorded, Recording } from '../recording.ts';
import { allOf, type Rule } from '../rules.ts';
import { CONFIG, record } from './recording.ts';

const BOUNDARY = 'arn:aws:iam::111122223333:policy/sluice-boundary';

const ownersIn = (resources: readonly Recorded[]) => [
  ...allOf(resources, 'Role'),
  ...allOf(resources, 'User'),
];

/** A role without it could be given anything by whoever may write its policies. */
const bounded: Rule = (resources) =>
  ownersIn(resources)
    .filter(({ inputs }) => inputs.permissionsBoundary !== BOUNDARY)
    .map(({ type, name }) => `${type} ${name}: is not bounded`);

let stack: Recording;
beforeAll(async () => {
  stack = await record({
    ...CONFIG,
    permissionsBoundaryArn: BOUNDARY,
    secondRegion: 'ca-central-1',
    domain: 'api.example.com',
    zoneId: 'Z123',
    transcoder: 'coconut',
    canary: 'true',
    flowLogs: 'true',
    storageAudit: 'true',
    tracing: 'true',
  });
});

test('every role and user of both regions has the boundary', () => {
  const names = ownersIn(stack.resources).map(({ name }) => name);
  for (const part of ['-signing', '-coconut', '-canary', '-2-api', '-2-flows', '-worker', '-execution'])
    expect(names.some((name) => name.includes(part)) ? part : names).toBe(part);
  expect(bounded(stack.resources)).toEqual([]);
});

test.each(['-signing', '-coconut', '-2-api', '-worker'])('one without it is told: %s', (part) => {
  const copies = structuredClone(stack.resources) as Recorded[];
  const [owner] = ownersIn(copies).filter(({ name }) => name.endsWith(part));
  delete owner?.inputs.permissionsBoundary;
  expect(bounded(copies)).toHaveLength(1);
});

test('MediaConvert has it too, and without the key nobody has one', async () => {
  const { resources } = await record({ ...CONFIG, permissionsBoundaryArn: BOUNDARY });
  expect(ownersIn(resources).some(({ name }) => name.endsWith('-mediaconvert'))).toBe(true);
  expect(bounded(resources)).toEqual([]);
  const { resources: without } = await record(CONFIG);
  expect(ownersIn(without).filter(({ inputs }) => 'permissionsBoundary' in inputs)).toEqual([]);
});

test.each([
  'sluice-boundary',
  'arn:aws:iam::aws:policy/PowerUserAccess',
  'arn:aws:iam::111122223333:role/sluice',
  'arn:aws:iam::111122223333:policy/',
])('what is no policy of the account is refused in one line: %s', async (permissionsBoundaryArn) => {
  await expect(record({ ...CONFIG, permissionsBoundaryArn })).rejects.toThrow(
    /^permissionsBoundaryArn must be that of a policy of the account, [^\n]*$/,
  );
});
