import { costTables, rowTables } from '../deployment-cost/page.ts';

/** docs/deployment-cost.md: a month of each deployment, for two sizes of audience. */
export function deploymentCost(): string {
  return `# What a month costs

Printed by \`npm run docs\` from \`scripts/deployment-cost/\` and the price tables of \`domain/cost/prices/\`; do not edit. For
other numbers of daily users: \`node scripts/deployment-cost.ts 5000 100000\`. Dollars of the United States without tax, whole
ones, from list prices of us-east-1; most rows are second-hand, none was read from a live price page ([cost](cost.md)).

**Nearly all of it is video, not machines**: what is watched, stored and transcoded. Those lines follow the assumptions
below in proportion, so put in your own. The service itself, with database and network, is a few hundred dollars.

${costTables([20_000, 50_000])}

## What is assumed

${rowTables()}

How much of a bitrate cap a rendition uses, and which renditions are watched, is assumed as in [cost](cost.md), and the
source's size, as phones make it, is above. Storage is that of the last month of the time kept; the first month
is a twelfth of it. An archive by age (\`archiveAfterDays\`) takes most of the sources' share away.

Alarms of CloudWatch are taken as $0.10 each, a price that we have not seen in a source.

## What is left out

- **What is free or falls with volume**: CloudFront's free TiB and its steps beyond 10 TB (at these volumes AWS and its
  resellers also agree on prices), the 250 GiB and 1 TiB that Spaces includes, MediaConvert's steps, savings plans.
- **What each costs a few dollars**: Secrets Manager, Route 53, ECR, EventBridge, SQS, SNS, container registry, logs of the
  CDN and queries over them, snapshots beyond the database's size.
- **What is off by default**: NAT in each zone (another gateway), GuardDuty, Security Hub, Inspector, flow logs, canary, a
  second region, other than small sizes. With \`nat: none\` the gateway goes and each task has an address.
- **Reading into the CDN's caches** from Spaces, traffic between zones, support plans, tax.
`;
}
