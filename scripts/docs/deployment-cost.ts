import { costTables, extrasTable, networkTable, rowTables } from '../deployment-cost/page.ts';

const AUDIENCES = [20_000, 50_000];

/** docs/deployment-cost.md: a month of each deployment, for two sizes of audience. */
export function deploymentCost(): string {
  return `# What a month costs

Printed by \`npm run docs\` from \`scripts/deployment-cost/\` and the price tables of \`domain/cost/prices/\`; do not edit. For
other numbers of daily users: \`node scripts/deployment-cost.ts 5000 100000\`. Dollars of the United States without tax, whole
ones, from list prices of us-east-1; most rows are second-hand, none was read from a live price page ([cost](cost.md)).

**Nearly all of it is video, not machines**: what is watched, stored and transcoded. Those lines follow the assumptions
below in proportion, so put in your own. The service itself, with database and network, is a few hundred dollars.

${costTables(AUDIENCES)}

## The way out of AWS's network

The bills above are with \`nat: one\`. Without a gateway each task rents an address of its own; one for each zone lets the
other go on when a zone is lost. S3 is reached past all of them, free.

${networkTable(AUDIENCES)}

## What is off by default

Each comes on top of the bill above, by the key that switches it on.

${extrasTable(AUDIENCES)}

The second region's database is the first one's, and a video is stored in one region only, so neither is there twice. MediaConvert
and Coconut have the home's videos alone: their lines above fall by the share of the other region, which FFmpeg has. Copied
backups, the balancer in front on DigitalOcean and what goes between its regions are left out. The logs
of playback (\`playbackLogs\`) are left out, as no source told what their making costs: about 0.3 KiB a request to keep. Users of
Cognito (\`userPool\`) are priced by the month's active ones, in steps that we have not seen.

## What is assumed

${rowTables()}

How much of a bitrate cap a rendition uses, and which renditions are watched, is assumed as in [cost](cost.md), and the
source's size, as phones make it, is above. Storage is that of the last month of the time kept; the first month
is a twelfth of it. An archive by age (\`archiveAfterDays\`) takes most of the sources' share away.

## What is left out

- **What is free or falls with volume**: CloudFront's free TiB and its steps beyond 10 TB (at these volumes AWS and its
  resellers also agree on prices), the 250 GiB and 1 TiB that Spaces includes, MediaConvert's steps, savings plans.
- **What each costs a few dollars**: Secrets Manager, Route 53, ECR, EventBridge, SQS, SNS, container registry, logs of the
  CDN and queries over them, snapshots beyond the database's size.
- **Larger sizes** than the smallest, and captions by Amazon Transcribe. The smallest database has not the connections for every
  bill, and the stack refuses what does not fit: on DigitalOcean, beside two API instances, \`small\` carries 2 workers that encode,
  \`medium\` 5, \`large\` 12; on AWS, beside six, \`small\` 11 (all at \`databasePoolSize\` 5; a smaller one carries more). So FFmpeg
  on DigitalOcean, and its second region, cost a larger database than their bills say.
- **Reading into the CDN's caches** from Spaces, traffic between zones, support plans, tax.
`;
}
