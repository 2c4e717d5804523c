import * as aws from '@pulumi/aws';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Output,
} from '@pulumi/pulumi';

/** CloudFront's own are made there, wherever the stack stands. */
const CLOUDFRONT_REGION = 'us-east-1';

type Rule = aws.types.input.wafv2.WebAclRule;

/** AWS's lists of known attacks. Bodies are media and JSON of ours: what judges bodies by size only counts. */
const MANAGED = [
  { name: 'AWSManagedRulesAmazonIpReputationList', counts: [] },
  { name: 'AWSManagedRulesCommonRuleSet', counts: ['SizeRestrictions_BODY', 'CrossSiteScripting_BODY'] },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet', counts: [] },
] as const;

function seen(metricName: string) {
  return { cloudwatchMetricsEnabled: true, metricName, sampledRequestsEnabled: true };
}

/** What clouds and transcoders post to, from few addresses and much at a time; the service asks each for its secret. */
const WEBHOOKS = '/webhooks/';

/** A path that begins so as it was written, and still when its dots and escapes are resolved: else it leads elsewhere. */
function toWebhooks() {
  const begins = (...transformations: readonly string[]) => ({
    byteMatchStatement: {
      fieldToMatch: { uriPath: {} },
      positionalConstraint: 'STARTS_WITH',
      searchString: WEBHOOKS,
      textTransformations: transformations.map((type, priority) => ({ priority, type })),
    },
  });
  return { andStatement: { statements: [begins('NONE'), begins('URL_DECODE', 'NORMALIZE_PATH_WIN')] } };
}

/** Rules in the order of their priority. Own rules have an action, those of a list can only be overridden. */
export function firewallRules(rateLimit: number | null, lists: readonly (typeof MANAGED)[number][]): Rule[] {
  const rate: Rule[] =
    rateLimit === null
      ? []
      : [
          {
            name: 'rate',
            priority: 0,
            action: { block: {} },
            statement: {
              rateBasedStatement: {
                limit: rateLimit,
                aggregateKeyType: 'IP',
                evaluationWindowSec: 300,
                scopeDownStatement: { notStatement: { statement: toWebhooks() } },
              },
            },
            visibilityConfig: seen('rate'),
          },
        ];
  return [
    ...rate,
    ...lists.map(({ name, counts }, i) => ({
      name,
      priority: i + 1,
      overrideAction: { none: {} },
      statement: {
        managedRuleGroupStatement: {
          vendorName: 'AWS',
          name,
          ruleActionOverrides: counts.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
        },
      },
      visibilityConfig: seen(name),
    })),
  ];
}

/**
 * Before the API: lists, and a limit for one address. A player's segments do not come this way. It stands where callers have
 * addresses of their own: at the load balancer, or at the distribution before it.
 */
export function apiFirewall(
  name: string,
  {
    rateLimit,
    atCloudFront,
    tags,
  }: { rateLimit: number; atCloudFront: boolean; tags: Readonly<Record<string, string>> },
  options: CustomResourceOptions,
): aws.wafv2.WebAcl {
  return new aws.wafv2.WebAcl(
    name,
    {
      name,
      ...(atCloudFront ? { scope: 'CLOUDFRONT', region: CLOUDFRONT_REGION } : { scope: 'REGIONAL' }),
      defaultAction: { allow: {} },
      rules: firewallRules(rateLimit, MANAGED),
      // Metrics are told apart by it, as an alarm looks for them: two environments of an account may not share it.
      visibilityConfig: seen(name),
      tags,
    },
    options,
  );
}

/**
 * Before the CDN of every region: the list of bad addresses alone. Players ask often, many behind one address: no limit.
 */
export class PlaybackFirewall extends ComponentResource {
  readonly arn: Output<string>;

  constructor(
    name: string,
    args: { readonly tags: Readonly<Record<string, string>> },
    options?: ComponentResourceOptions,
  ) {
    super('sluice:aws:PlaybackFirewall', name, {}, options);
    const acl = new aws.wafv2.WebAcl(
      name,
      {
        name,
        region: CLOUDFRONT_REGION,
        scope: 'CLOUDFRONT',
        defaultAction: { allow: {} },
        rules: firewallRules(null, [MANAGED[0]]),
        visibilityConfig: seen(name),
        tags: args.tags,
      },
      { parent: this },
    );
    this.arn = acl.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
