import { allOf, at, list, type Rule } from '../rules.ts';
import { words } from './policy-documents.ts';
import { POLICY_RULES } from './policy-rules.ts';

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

/** Paths as they come, and as a server might resolve them: one alone could be written so that another one is meant. */
const EXEMPT = [['NONE'], ['URL_DECODE', 'NORMALIZE_PATH_WIN']];

const webhooksUncounted: Rule = (resources) =>
  allOf(resources, 'WebAcl').flatMap(({ name, inputs }) =>
    list(inputs, 'rules')
      .filter((rule) => 'rateBasedStatement' in at(rule, 'statement'))
      .filter((rule) => {
        const scope = at(at(at(rule, 'statement'), 'rateBasedStatement'), 'scopeDownStatement');
        const not = at(at(scope, 'notStatement'), 'statement');
        const asked = list(at(not, 'andStatement'), 'statements').map((each) => {
          const match = at(each, 'byteMatchStatement');
          const begins =
            'uriPath' in at(match, 'fieldToMatch') &&
            match.positionalConstraint === 'STARTS_WITH' &&
            match.searchString === '/webhooks/';
          return begins ? list(match, 'textTransformations').map(({ type }) => type) : [];
        });
        return JSON.stringify(asked) !== JSON.stringify(EXEMPT);
      })
      .map((rule) => `WebAcl ${name}: rule ${rule.name} counts webhooks, or exempts what is none`),
  );

export const ACCESS_RULES: Readonly<Record<string, Rule>> = {
  ...POLICY_RULES,
  'plain HTTP forwards nothing by itself': entrance,
  'metrics stay inside': metricsInside,
  'firewalls stand where they work': wafRegions,
  'webhooks alone are not counted': webhooksUncounted,
};
