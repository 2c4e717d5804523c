import * as aws from '@pulumi/aws';
import type { CustomResourceOptions, Output } from '@pulumi/pulumi';

/** Told when the month is on its way to cost more, and again when it has. Costs of this project's tag alone. */
export function monthlyBudget(
  name: string,
  {
    budgetUsd,
    topicArn,
    tags,
  }: { budgetUsd: number; topicArn: Output<string>; tags: Readonly<Record<string, string>> },
  options: CustomResourceOptions,
): aws.budgets.Budget {
  return new aws.budgets.Budget(
    name,
    {
      budgetType: 'COST',
      limitAmount: String(budgetUsd),
      limitUnit: 'USD',
      timeUnit: 'MONTHLY',
      // The tag has to be made known as one of costs once, in the account's billing settings.
      costFilters: [{ name: 'TagKeyValue', values: [`user:project$${tags.project ?? ''}`] }],
      notifications: (['FORECASTED', 'ACTUAL'] as const).map((notificationType) => ({
        notificationType,
        comparisonOperator: 'GREATER_THAN',
        threshold: 100,
        thresholdType: 'PERCENTAGE',
        subscriberSnsTopicArns: [topicArn],
      })),
      tags,
    },
    options,
  );
}
