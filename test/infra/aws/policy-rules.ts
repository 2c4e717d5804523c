import {
  BOUND_BY_CONDITION,
  GRANTED_BY_PATTERN,
  GRANTED_ON_EVERYTHING,
  LASTING_KEYS,
  LET_IN_UNBOUND,
  TELLS_ACCOUNT,
} from '#infra/aws/access/policies.ts';
import { allOf, type Inputs, type Rule } from '../rules.ts';
import {
  conditionsOf,
  kindOf,
  type PolicyDocument,
  type PolicyKind,
  policiesIn,
  words,
} from './policy-documents.ts';

/** Characters of all inline policies of one owner (IAM user guide, "IAM and AWS STS quotas"). */
const LENGTH_MAX: Readonly<Record<string, number>> = { UserPolicy: 2048, RolePolicy: 10_240 };

/** A line for each fault of each policy of a kind; what is denied is nobody's right. */
function ofEach(
  kind: PolicyKind,
  faultsOf: (statement: Inputs, policy: PolicyDocument) => (string | false)[],
): Rule {
  return (resources) =>
    policiesIn(resources)
      .filter((policy) => kindOf(policy) === kind)
      .flatMap((policy) =>
        policy.statements
          .filter(({ Effect }) => Effect !== 'Deny')
          .flatMap((statement) => [...negations(statement), ...faultsOf(statement, policy)])
          .filter((fault) => fault !== false)
          .map((fault) => `${policy.resource.type} ${policy.resource.name}: ${fault}`),
      );
}

/** What is not named is granted with all that AWS will ever add. */
const negations = (statement: Inputs): (string | false)[] =>
  ['NotAction', 'NotResource', 'NotPrincipal'].map((member) => member in statement && `says ${member}`);

const actionFaults = (statement: Inputs): (string | false)[] => {
  const actions = words(statement.Action);
  return [
    actions.length === 0 && 'names no action',
    ...actions.map((action) => !/^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$/.test(action) && `may ${action}`),
  ];
};

const isListed = (resource: string) => GRANTED_BY_PATTERN.some(({ pattern }) => pattern.test(resource));

/** An action may be granted on `*`, and a wildcard may stand in an ARN, only where the code lists it with its reason. */
const leastPrivilege = ofEach('owners', (statement) => {
  const actions = words(statement.Action);
  const resources = words(statement.Resource);
  const bound = conditionsOf(statement);
  const onEverything = actions.every((action) => action in GRANTED_ON_EVERYTHING);
  return [
    ...actionFaults(statement),
    resources.length === 0 && 'names no resource',
    ...resources
      .filter((resource) => /[*?]/.test(resource) && !isListed(resource))
      .map((resource) => !(resource === '*' && onEverything) && `may ${actions.join(', ')} on ${resource}`),
    ...resources.map(
      (resource) => resource !== '*' && !/^arn:aws:[a-z0-9-]+:/.test(resource) && `${resource} is no ARN`,
    ),
    ...actions.map((action) => {
      const key = BOUND_BY_CONDITION[action];
      if (key === undefined) return false;
      const asked = bound.get(key) ?? [];
      return (asked.length === 0 || asked.includes('*')) && `may ${action} without ${key}`;
    }),
  ];
});

const fits: Rule = (resources) =>
  policiesIn(resources).flatMap(({ resource, text }) => {
    const max = LENGTH_MAX[resource.type.split(':').at(-1) ?? ''];
    return max !== undefined && text.length > max ? [`${resource.name}: a policy of ${text.length}`] : [];
  });

/** One service of AWS, on behalf of this account where it tells, and nothing but to be the role. */
const trust = ofEach('trust', (statement) => {
  const { Service, ...others } = Object(statement.Principal) as Inputs;
  const service = String(Service);
  return [
    (typeof Service !== 'string' || !/^[a-z0-9.-]+\.amazonaws\.com$/.test(service)) &&
      'is trusted to more than one service of AWS',
    Object.keys(others).length > 0 && `is trusted to ${Object.keys(others).join(', ')}`,
    words(statement.Action).join() !== 'sts:AssumeRole' && `may be had by ${words(statement.Action)}`,
    TELLS_ACCOUNT.includes(service) &&
      !isOurs(conditionsOf(statement)) &&
      `is trusted to ${service} on anybody's behalf`,
  ];
});

/** Services of AWS alone, each on our behalf. */
const letsIn = ofEach('letsIn', (statement) => {
  const { Service, ...others } = Object(statement.Principal) as Inputs;
  const services = words(Service);
  return [
    ...actionFaults(statement),
    (services.length === 0 || Object.keys(others).length > 0 || services.some((each) => /[*?]/.test(each))) &&
      `lets in ${JSON.stringify(statement.Principal)}`,
    ...words(statement.Resource).map((resource) => /^[^/]*[*?]/.test(resource) && `lets in to ${resource}`),
    !services.every((service) => service in LET_IN_UNBOUND) &&
      !isOurs(conditionsOf(statement)) &&
      `lets ${services.join(', ')} in on anybody's behalf`,
  ];
});

/** Bound to an account, or to something of it that is named. */
function isOurs(conditions: ReadonlyMap<string, string[]>): boolean {
  const asked = ['aws:SourceArn', 'aws:SourceAccount'].flatMap((key) => conditions.get(key) ?? []);
  return asked.length > 0 && asked.every((value) => !/[*?]/.test(value) || /:\d{12}:[^*?]/.test(value));
}

const ATTACHMENTS = [
  'RolePolicyAttachment',
  'RolePolicyAttachmentsExclusive',
  'UserPolicyAttachment',
  'UserPolicyAttachmentsExclusive',
  'GroupPolicyAttachment',
  'PolicyAttachment',
];

/** Policies of AWS's own say more than is needed, and change without us. */
const ownPolicies: Rule = (resources) => [
  ...ATTACHMENTS.flatMap((type) => allOf(resources, type)).map(({ type, name }) => `${type} ${name}`),
  ...[...allOf(resources, 'Role'), ...allOf(resources, 'User'), ...allOf(resources, 'Group')]
    .filter(({ inputs }) => 'managedPolicyArns' in inputs || 'policyArns' in inputs)
    .map(({ name }) => `${name} has policies of others`),
];

const isLasting = (name: string) => Object.keys(LASTING_KEYS).some((end) => name.endsWith(end));

/** Whoever is no role keeps what it has until somebody takes it away. */
const lastingKeys: Rule = (resources) => [
  ...allOf(resources, 'User')
    .filter(({ name }) => !isLasting(name))
    .map(({ name }) => `User ${name}: a role would do`),
  ...allOf(resources, 'AccessKey')
    .filter(({ inputs }) => !isLasting(String(inputs.user)))
    .map(({ name }) => `AccessKey ${name}: of a user who is not listed`),
  ...[
    'UserLoginProfile',
    'SshKey',
    'ServiceSpecificCredential',
    'UserGroupMembership',
    'OpenIdConnectProvider',
  ]
    .flatMap((type) => allOf(resources, type))
    .map(({ type, name }) => `${type} ${name}: nobody logs in`),
];

/** Doors beside policies. */
const noOpenDoors: Rule = (resources) =>
  resources.flatMap(({ type, name, inputs }) => {
    const kind = type.split(':').at(-1) ?? '';
    const isOpen =
      (kind === 'Permission' && (!inputs.sourceArn || /[*?]/.test(String(inputs.principal)))) ||
      (kind === 'FunctionUrl' && inputs.authorizationType !== 'AWS_IAM') ||
      /^(public|authenticated)-/.test(String(inputs.acl ?? ''));
    return isOpen ? [`${kind} ${name}: is open to the world`] : [];
  });

export const POLICY_RULES: Readonly<Record<string, Rule>> = {
  'nobody may more than is listed': leastPrivilege,
  'roles trust one service each': trust,
  'who is let in comes on our behalf': letsIn,
  'policies are written here and fit': (resources) => [...ownPolicies(resources), ...fits(resources)],
  'keys that last are listed': lastingKeys,
  'no door is open beside the policies': noOpenDoors,
};
