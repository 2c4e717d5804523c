import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { CreateJobCommandInput } from '@aws-sdk/client-mediaconvert';
import { answerError, answerJson, jobOnTheWire } from './fake-answers.ts';
import { type FakeAction, type FakeFaults, meetFault } from './fake-faults.ts';
import type { FakeJob, FakeJobs } from './fake-jobs.ts';
import type { RequestSchema } from './request-schema.ts';
import { ruleProblems } from './service-rules.ts';

export interface Serving {
  readonly jobs: FakeJobs;
  readonly faults: FakeFaults;
  readonly schema: RequestSchema;
  readonly requests: CreateJobCommandInput[];
  readonly calls: string[];
  start(job: FakeJob): void;
}

const ROOT = '/2017-08-29';
const PAGE_MAX = 20;

/** One request of the REST protocol. */
export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  serving: Serving,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://service');
  const body = await text(request).catch(() => '');
  const action = actionOf(request.method ?? '', url.pathname);
  if (!action) return answerError(response, 404, 'NotFoundException', 'Not found');
  serving.calls.push(action);
  const fault = serving.faults.take(action);
  if (fault && fault.kind !== 'lost') return meetFault(fault, request, response);
  // The socket is gone before the work is done, so that the answer goes nowhere.
  if (fault) meetFault(fault, request, response);
  if (!isSigned(request))
    return answerError(response, 403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  const id = decodeURIComponent(url.pathname.split('/')[3] ?? '');
  switch (action) {
    case 'CreateJob':
      return createJob(body, response, serving);
    case 'GetJob':
      return withJob(id, response, serving, (job) => answerJson(response, 200, { job: jobOnTheWire(job) }));
    case 'CancelJob':
      return withJob(id, response, serving, (job) => cancelJob(job, response));
    case 'ListJobs':
    case 'SearchJobs':
      return listJobs(url.searchParams, response, serving);
  }
}

function actionOf(method: string, path: string): FakeAction | null {
  if (path === `${ROOT}/jobs`) return method === 'POST' ? 'CreateJob' : 'ListJobs';
  if (path === `${ROOT}/search`) return 'SearchJobs';
  if (!path.startsWith(`${ROOT}/jobs/`)) return null;
  return method === 'DELETE' ? 'CancelJob' : 'GetJob';
}

/** Signed for this service; whether rightly so is the SDK's business. */
function isSigned({ headers }: IncomingMessage): boolean {
  return /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[\w-]+\/mediaconvert\/aws4_request/.test(
    headers.authorization ?? '',
  );
}

function createJob(body: string, response: ServerResponse, serving: Serving): void {
  const wire = JSON.parse(body) as Record<string, unknown>;
  const request = serving.schema.fromWire(wire) as CreateJobCommandInput;
  serving.requests.push(request);
  const modelProblems = serving.schema.problems(request);
  const problems = modelProblems.length > 0 ? modelProblems : ruleProblems(request);
  if (problems.length > 0) {
    answerError(response, 400, 'BadRequestException', problems.join('; '));
    return;
  }
  const known = serving.jobs.byToken(request.ClientRequestToken);
  const job = known ?? serving.jobs.add(request, wire);
  answerJson(response, 201, { job: jobOnTheWire(job) });
  if (!known) serving.start(job);
}

function withJob(
  id: string,
  response: ServerResponse,
  { jobs }: Serving,
  answer: (job: FakeJob) => void,
): void {
  const job = jobs.get(id);
  if (job) answer(job);
  else answerError(response, 404, 'NotFoundException', `The job ${id} was not found`);
}

function cancelJob(job: FakeJob, response: ServerResponse): void {
  if (job.status !== 'SUBMITTED' && job.status !== 'PROGRESSING') {
    answerError(response, 409, 'ConflictException', `A job in state ${job.status} cannot be canceled`);
    return;
  }
  job.status = 'CANCELED';
  job.aborter.abort(new Error('canceled'));
  answerJson(response, 202, {});
}

function listJobs(query: URLSearchParams, response: ServerResponse, { jobs }: Serving): void {
  const size = Math.min(PAGE_MAX, Number(query.get('maxResults') ?? PAGE_MAX));
  const start = Number(query.get('nextToken') ?? 0);
  const inputFile = query.get('inputFile') ?? '';
  const newest = jobs
    .newestFirst(query.get('queue') ?? undefined)
    .filter(({ request }) => request.Settings?.Inputs?.[0]?.FileInput?.includes(inputFile));
  const all = query.get('order') === 'ASCENDING' ? newest.toReversed() : newest;
  const nextToken = start + size < all.length ? String(start + size) : undefined;
  answerJson(response, 200, { jobs: all.slice(start, start + size).map(jobOnTheWire), nextToken });
}
