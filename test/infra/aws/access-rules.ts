import { GRANTED_ON_EVERYTHING } from '#infra/aws/policies.ts';
import { allOf, at, each, type Inputs, list, parsed, type Rule } from '../rules.ts';

function words(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** A statement may name `*` only for actions that AWS grants on everything, each with its reason in the code. */
const policyFaults = (inputs: Inputs): (string | false)[] =>
  list(parsed(inputs, 'policy'), 'Statement').flatMap((statement) => {
    const actions = words(statement.Action);
    return [
      ...actions.map((action) => (!/^[a-z0-9-]+:[A-Za-z]+$/.test(action) ? `may ${action}` : false)),
      words(statement.Resource).some((resource) => /^\*$|:\*:\*|^arn:aws:s3:::[^/]*\*/.test(resource)) &&
        !actions.every((action) => action in GRANTED_ON_EVERYTHING) &&
        `may ${actions.join(', ')} on everything`,
    ];
  });

const leastPrivilege: Rule = (resources) => [
  ...each('RolePolicy', policyFaults)(resources),
  ...each('UserPolicy', policyFaults)(resources),
];

const trust = each('Role', (inputs) =>
  list(parsed(inputs, 'assumeRolePolicy'), 'Statement').map(
    ({ Principal }) =>
      typeof (Principal as Inputs).Service !== 'string' && 'is trusted to more than one service of AWS',
  ),
);

/** The world may come in by 80 and 443, and only to the load balancer. */
const closed = each('SecurityGroupIngressRule', (inputs, { name }) => [
  inputs.cidrIpv4 === '0.0.0.0/0' &&
    (!['80', '443'].includes(String(inputs.fromPort)) || inputs.fromPort !== inputs.toPort) &&
    `lets the world to ${inputs.fromPort}`,
  inputs.cidrIpv4 === '0.0.0.0/0' &&
    !String(inputs.securityGroupId).includes('-balancer') &&
    `lets the world to ${inputs.securityGroupId}`,
  inputs.cidrIpv4 === undefined &&
    inputs.prefixListId === undefined &&
    inputs.referencedSecurityGroupId === undefined &&
    `${name} names no source`,
]);

/** Without a certificate the load balancer refuses whoever is not our distribution. */
const entrance: Rule = (resources) =>
  allOf(resources, 'Listener')
    .filter(({ inputs }) => inputs.protocol === 'HTTP')
    .flatMap(({ name, inputs }) =>
      list(inputs, 'defaultActions')
        .filter(({ type }) => type === 'forward')
        .map(() => `Listener ${name}: takes plain HTTP from anybody`),
    );

const metricsInside: Rule = (resources) => {
  const rules = allOf(resources, 'ListenerRule').filter(({ inputs }) =>
    list(inputs, 'conditions').some((condition) =>
      words(at(condition, 'pathPattern').values).includes('/metrics'),
    ),
  );
  const first = rules.some(
    ({ inputs }) => inputs.priority === 1 && list(inputs, 'actions')[0]?.type === 'fixed-response',
  );
  return allOf(resources, 'Listener').length === 0 || first ? [] : ['/metrics can be read from outside'];
};

/** Where a secret may stand: inputs that the state keeps as ciphertext. */
export function secretsInPlain(secrets: readonly string[]): Rule {
  return (resources) =>
    resources.flatMap(({ type, name, inputs, secretInputs }) =>
      Object.entries(inputs)
        .filter(([member]) => !secretInputs.includes(member))
        .filter(([, value]) => secrets.some((secret) => JSON.stringify(value ?? null).includes(secret)))
        .map(([member]) => `${type} ${name}: ${member} shows a secret`),
    );
}

const wafRegions: Rule = (resources) =>
  allOf(resources, 'WebAcl').flatMap(({ name, inputs }) =>
    inputs.scope === 'CLOUDFRONT' && inputs.region !== 'us-east-1'
      ? [`WebAcl ${name}: CloudFront's stand in us-east-1`]
      : list(inputs, 'rules')
          .filter((rule) => 'managedRuleGroupStatement' in at(rule, 'statement') === 'action' in rule)
          .map((rule) => `WebAcl ${name}: rule ${rule.name} has the wrong kind of action`),
  );

export const ACCESS_RULES: Readonly<Record<string, Rule>> = {
  'nobody may more than is listed': leastPrivilege,
  'roles trust one service each': trust,
  'nothing is open but 80 and 443': closed,
  'plain HTTP forwards nothing by itself': entrance,
  'metrics stay inside': metricsInside,
  'firewalls stand where they work': wafRegions,
};
