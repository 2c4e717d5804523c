import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ACTIONS_OF } from './deployer-actions.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'infra/aws');
/** Of a managed policy, blanks left out. */
const CHARACTERS_MAX = 6144;
/** Whatever the service's own word for making something is. */
const EVERYTHING = ['*', 'iam:*', 'ec2:*', 'sts:*', 'organizations:*'];

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, readonly string[]>> };
}

const TEXT = readFileSync(path.join(ROOT, 'docs/deploy-aws-policy.json'), 'utf8');
const { Statement: STATEMENTS } = JSON.parse(TEXT) as { readonly Statement: readonly Statement[] };
const list = (words: string | readonly string[]) => (typeof words === 'string' ? [words] : words);
const ALLOWED = STATEMENTS.flatMap(({ Action }) => list(Action));
const SOURCES = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));

/** What the stack makes and asks for, by whatever switch: as the code writes it. */
function madeBy(sources: readonly string[]): string[] {
  const found = sources.flatMap((source) => [
    ...[...source.matchAll(/\bnew aws\.(\w+\.\w+)\(/g)].map(([, name = '']) => name),
    ...[...source.matchAll(/\baws\.((?:\w+\.)?get\w+)\(/g)].map(([, name = '']) => name),
  ]);
  return [...new Set(found)].sort();
}

/** A pattern of IAM: * is any letters. */
function isAllowed(action: string, allowed: readonly string[]): boolean {
  return allowed.some((pattern) => {
    const expression = pattern.split('*').map(RegExp.escape).join('.*');
    return new RegExp(`^${expression}$`, 'i').test(action);
  });
}

function missing(allowed: readonly string[]): string[] {
  return Object.entries(ACTIONS_OF).flatMap(([made, actions]) =>
    actions
      .split(' ')
      .filter((action) => !isAllowed(action, allowed))
      .map((action) => `${made} needs ${action}`),
  );
}

test('whatever the stack makes has a line that says what that asks of whoever deploys, and no other has', () => {
  expect(SOURCES.length).toBeGreaterThan(40);
  expect(madeBy(SOURCES)).toEqual(Object.keys(ACTIONS_OF).sort());
});

test('the policy of docs/deploy-aws-policy.json allows all of it', () => {
  expect(missing(ALLOWED)).toEqual([]);
});

test('it fits into one managed policy, and gives nobody the account', () => {
  expect(TEXT.replace(/\s/g, '').length).toBeLessThan(CHARACTERS_MAX);
  expect(ALLOWED.filter((action) => EVERYTHING.includes(action))).toEqual([]);
  for (const action of ['ec2:RunInstances', 'iam:AttachRolePolicy', 'iam:CreatePolicy', 'iam:PutGroupPolicy'])
    expect(isAllowed(action, ALLOWED), action).toBe(false);
  for (const { Action, Resource } of STATEMENTS)
    if (list(Action).some((action) => /^(?:iam|s3|secretsmanager):/.test(action)))
      expect(
        list(Resource).filter(
          (resource) => !/:::?sluice-|\/sluice-|:secret:(?:sluice-|events!)|aws-service-role/.test(resource),
        ),
      ).toEqual([]);
});

test('roles are passed to the services that they trust, and to no other', () => {
  const passed = STATEMENTS.flatMap(({ Condition }) => Condition?.StringEquals['iam:PassedToService'] ?? []);
  const trusted = SOURCES.flatMap((source) =>
    [...source.matchAll(/\bservice: '([\w.-]+\.amazonaws\.com)'/g)].map(([, service = '']) => service),
  );
  expect(passed).toEqual([...new Set(trusted)].sort());
});

describe('a planted defect is found', () => {
  test('a resource that nobody thought of', () => {
    const planted = [
      ...SOURCES,
      "const queue = new aws.batch.JobQueue('a', {});\nawait aws.ssm.getParameter({});",
    ];
    expect(madeBy(planted).filter((made) => !(made in ACTIONS_OF))).toEqual([
      'batch.JobQueue',
      'ssm.getParameter',
    ]);
  });

  test.each(['ecs:*', 'ec2:*Vpc*', 'iam:PassRole', 'kms:CreateGrant', 'secretsmanager:*'])(
    'without %s something cannot be made',
    (action) => {
      expect(missing(ALLOWED.filter((each) => each !== action)).length).toBeGreaterThan(0);
    },
  );
});
