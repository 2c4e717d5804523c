import { type Inputs, list } from '../rules.ts';
import { json, type Plant, set, statement } from './planting.ts';

/** Another resource in the place of one that is there. */
const instead = (type: string, inputs: Inputs) => (_: Inputs, resource: { type: string; inputs: Inputs }) => {
  resource.type = type;
  resource.inputs = inputs;
};
/** One statement more, at the front. */
const more = (values: Inputs) =>
  json('policy', (policy) => list(policy, 'Statement').unshift({ Effect: 'Allow', ...values }));
/** The last statement without some of its members. */
const without = (member: string, ...names: string[]) =>
  json(member, (policy) => {
    const last = list(policy, 'Statement').at(-1) ?? {};
    for (const name of names) delete last[name];
  });

const SOURCES = 'arn:aws:s3:::sluice-production-sources-1a2b3c4';
const ON_SOURCES = (Action: string) => more({ Action, Resource: `${SOURCES}/uploads/*` });
const ON = (Resource: unknown) => more({ Action: 's3:GetObject', Resource });
const OURS = { StringEquals: { 'aws:SourceAccount': '111122223333' } };
const READS_ALL = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
};

/** What was tried against the rules over policies. */
export const POLICY_DEFECTS: Readonly<Record<string, readonly Plant[]>> = {
  'nobody may more than is listed': [
    ['RolePolicy', '-worker', ON_SOURCES('s3:*')],
    ['RolePolicy', '-worker', ON_SOURCES('s3:Get*')],
    ['RolePolicy', '-worker', ON_SOURCES('s3:GetObjec?')],
    ['RolePolicy', '-worker', ON_SOURCES('*')],
    ['RolePolicy', '-api', ON('*')],
    ['RolePolicy', '-api', ON(['arn:aws:s3:::*'])],
    ['RolePolicy', '-api', ON([`${SOURCES}/uploads/*`, 'arn:aws:s3:::sluice-*'])],
    ['RolePolicy', '-api', ON(`${SOURCES}*`)],
    ['RolePolicy', '-api', ON(`${SOURCES}/*`)],
    ['RolePolicy', '-api', ON('arn:aws:s3:::sluice-production-?ources/uploads/*')],
    ['RolePolicy', '-api', more({ Action: 'iam:PassRole', Resource: 'arn:aws:iam::*:role/*' })],
    ['RolePolicy', '-api', more({ Action: 'iam:PassRole', Resource: 'arn:aws:iam::111122223333:role/*' })],
    ['RolePolicy', '-api', more({ Action: 'iam:PassRole', Resource: 'arn:aws:iam::111122223333:role/one' })],
    ['RolePolicy', '-api', more({ Action: 'ecs:StopTask', Resource: 'arn:aws:ecs:*:111122223333:task/a/*' })],
    ['RolePolicy', '-api', more({ NotAction: 'iam:CreateUser', Resource: `${SOURCES}/uploads/*` })],
    ['RolePolicy', '-api', more({ Action: 's3:GetObject', NotResource: `${SOURCES}/uploads/*` })],
    ['RolePolicy', '-api', more({ Action: 's3:GetObject' })],
    ['RolePolicy', '-api', more({ Resource: `${SOURCES}/uploads/*` })],
    ['RolePolicy', '-api', more({ Action: 'cloudwatch:PutMetricData', Resource: '*' })],
    ['RolePolicy', '-worker', more({ Action: 'transcribe:StartTranscriptionJob', Resource: '*' })],
    [
      'RolePolicy',
      '-worker',
      more({
        Action: 'transcribe:StartTranscriptionJob',
        Resource: '*',
        Condition: { StringNotEquals: { 'transcribe:OutputBucketName': 'other' } },
      }),
    ],
    ['UserPolicy', '-coconut', statement('policy', { Resource: 'arn:aws:s3:::*' })],
    ['UserPolicy', '-signing', statement('policy', { Resource: `${SOURCES}/*` })],
    ['UserPolicy', '-signing', ON_SOURCES('s3:List*')],
    ['Role', '-api', set('inlinePolicies', [{ name: 'more', policy: JSON.stringify(READS_ALL) }])],
    ['RolePolicy', '-api', instead('aws:iam/policy:Policy', { policy: JSON.stringify(READS_ALL) })],
    [
      'RolePolicy',
      '-api',
      set('policy', JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } })),
    ],
  ],
  'roles trust one service each': [
    ['Role', '-api', statement('assumeRolePolicy', { Principal: { AWS: '*' } })],
    ['Role', '-api', statement('assumeRolePolicy', { Principal: '*' })],
    [
      'Role',
      '-api',
      statement('assumeRolePolicy', {
        Principal: { Service: 'ecs-tasks.amazonaws.com', AWS: '111122223333' },
      }),
    ],
    [
      'Role',
      '-api',
      statement('assumeRolePolicy', {
        Principal: { Service: ['ecs-tasks.amazonaws.com', 'ec2.amazonaws.com'] },
      }),
    ],
    ['Role', '-api', statement('assumeRolePolicy', { Principal: { Service: '*' } })],
    ['Role', '-api', statement('assumeRolePolicy', { Action: 'sts:*' })],
    ['Role', '-api', without('assumeRolePolicy', 'Condition')],
    [
      'Role',
      '-api',
      json('assumeRolePolicy', (policy) => list(policy, 'Statement').push({ NotPrincipal: {} })),
    ],
  ],
  'who is let in comes on our behalf': [
    ['BucketPolicy', '-media', statement('policy', { Principal: '*' })],
    ['BucketPolicy', '-media', statement('policy', { Principal: { AWS: 'arn:aws:iam::999999999999:root' } })],
    ['BucketPolicy', '-media', statement('policy', { Action: 's3:*' })],
    ['BucketPolicy', '-media', without('policy', 'Condition')],
    ['BucketPolicy', '-logs', without('policy', 'Condition')],
    ['QueuePolicy', '', statement('policy', { Principal: '*' })],
    ['QueuePolicy', '', without('policy', 'Condition')],
    ['QueuePolicy', '', statement('policy', { Resource: '*' })],
    ['TopicPolicy', '', statement('policy', { Principal: { Service: '*' } })],
    ['TopicPolicy', '', statement('policy', { Condition: { StringLike: { 'aws:SourceAccount': '*' } } })],
    [
      'TopicPolicy',
      '',
      statement('policy', { Condition: { StringNotEquals: { 'aws:SourceAccount': '111122223333' } } }),
    ],
    [
      'Queue',
      '',
      set('policy', JSON.stringify({ Statement: [{ Principal: '*', Action: 'sqs:SendMessage' }] })),
    ],
    [
      'LifecyclePolicy',
      '',
      instead('aws:ecr/repositoryPolicy:RepositoryPolicy', {
        policy: JSON.stringify({
          Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage', Condition: OURS }],
        }),
      }),
    ],
    [
      'LifecyclePolicy',
      '',
      instead('aws:kms/key:Key', {
        policy: JSON.stringify({
          Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:Decrypt', Resource: '*' }],
        }),
      }),
    ],
  ],
  'policies are written here and fit': [
    ['RolePolicy', '-api', instead('aws:iam/rolePolicyAttachment:RolePolicyAttachment', { role: 'a' })],
    ['UserPolicy', '-signing', instead('aws:iam/userPolicyAttachment:UserPolicyAttachment', { user: 'a' })],
    ['RolePolicy', '-api', instead('aws:iam/policyAttachment:PolicyAttachment', { roles: ['a'] })],
    ['Role', '-api', set('managedPolicyArns', ['arn:aws:iam::aws:policy/AdministratorAccess'])],
    ['UserPolicy', '-signing', statement('policy', { Resource: Array(50).fill(`${SOURCES}/uploads/*`) })],
  ],
  'keys that last are listed': [
    ['User', '-signing', (_, resource) => Object.assign(resource, { name: 'sluice-production-deploy' })],
    ['AccessKey', '-signing', set('user', 'sluice-production-deploy')],
    ['RolePolicy', '-api', instead('aws:iam/userLoginProfile:UserLoginProfile', { user: 'a' })],
  ],
  'no door is open beside the policies': [
    ['RolePolicy', '-api', instead('aws:lambda/permission:Permission', { principal: '*', sourceArn: 'a' })],
    ['RolePolicy', '-api', instead('aws:lambda/permission:Permission', { principal: 's3.amazonaws.com' })],
    ['RolePolicy', '-api', instead('aws:lambda/functionUrl:FunctionUrl', { authorizationType: 'NONE' })],
    ['RolePolicy', '-api', instead('aws:s3/bucketAcl:BucketAcl', { acl: 'public-read' })],
  ],
};
