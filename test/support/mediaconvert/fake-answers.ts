import type { ServerResponse } from 'node:http';
import type { FakeJob } from './fake-jobs.ts';

/** An answer of the REST protocol. */
export function answerJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** An exception of the service: its name in a header, its words in the body. */
export function answerError(response: ServerResponse, status: number, name: string, message: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name })
    .end(JSON.stringify({ message }));
}

/** A job as GetJob and ListJobs give it: no paths, and a percentage only where one is known. */
export function jobOnTheWire(job: FakeJob): object {
  return {
    ...job.wire,
    arn: job.arn,
    id: job.id,
    queue: job.queue,
    status: job.status,
    createdAt: Math.floor(job.createdAt.getTime() / 1000),
    ...(job.status === 'PROGRESSING' && { currentPhase: 'TRANSCODING' }),
    ...(job.percent !== null && { jobPercentComplete: job.percent }),
    ...(job.error && { errorCode: job.error.code, errorMessage: job.error.message }),
    ...(job.groups.length > 0 && {
      outputGroupDetails: job.groups.map(({ outputs }) => ({
        outputDetails: outputs.map(({ durationMs, width, height }) => ({
          durationInMs: durationMs,
          ...(width !== null && { videoDetails: { widthInPx: width, heightInPx: height } }),
        })),
      })),
    }),
  };
}
