import { type Job, ListJobsCommand } from '@aws-sdk/client-mediaconvert';
import type { TranscodeOrder } from '../transcoder.ts';
import type { Service } from './service-client.ts';

/** The API gives no more in one page. */
const JOBS_PER_PAGE = 20;
/** An interrupted submission is looked for minutes after it: what lies behind two hundred newer jobs is not ours. */
const PAGES_MAX = 10;

/**
 * The job of an order whose submission was interrupted: newest first, by our own id in its metadata. Null when there is
 * none among the newest two hundred. Throws TranscoderUnavailable.
 */
export async function findSubmission(
  service: Service,
  queueArn: string | undefined,
  { jobId }: Pick<TranscodeOrder, 'jobId'>,
): Promise<string | null> {
  let nextToken: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const command = new ListJobsCommand({
      Order: 'DESCENDING',
      MaxResults: JOBS_PER_PAGE,
      ...(queueArn !== undefined && { Queue: queueArn }),
      ...(nextToken !== undefined && { NextToken: nextToken }),
    });
    const { Jobs = [], NextToken } = await service.call('ListJobs', (client, abortSignal) =>
      client.send(command, { abortSignal }),
    );
    const found = Jobs.find((job: Job) => job.UserMetadata?.jobId === jobId);
    if (found?.Id !== undefined) return found.Id;
    if (NextToken === undefined) return null;
    nextToken = NextToken;
  }
  return null;
}
