import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import type { Programs } from './encode.ts';
import { type CoconutFaults, noFaults } from './faults.ts';
import { type JobRecord, newJob, presentJob } from './job-record.ts';
import { type FakeStorage, RequestRefused, validateJob } from './job-validation.ts';
import type { Delivery } from './notify.ts';
import { type JobRunner, runJob } from './run-job.ts';

/**
 * Coconut's API on this machine, over HTTP: it takes jobs, really fetches their sources, really encodes them with FFmpeg,
 * writes to the storage that they name with the key that they carry, and calls back.
 */
export interface FakeCoconut extends AsyncDisposable {
  /** For COCONUT_ENDPOINT. */
  readonly endpoint: string;
  readonly apiKey: string;
  /** To be changed at any time. */
  readonly faults: CoconutFaults;
  /** `GET /v2/jobs/abc`, in the order in which they came; refused ones as well. */
  readonly requests: readonly string[];
  readonly jobs: ReadonlyMap<string, JobRecord>;
  readonly deliveries: readonly Delivery[];
  /** Resolves when no job is at work any more. */
  idle(): Promise<void>;
}

export interface FakeCoconutOptions {
  readonly apiKey?: string;
  /** Where the services are that have no endpoint of their own. */
  readonly storageEndpoints?: Readonly<Partial<Record<FakeStorage['service'], string>>>;
  /** Default: those of this machine, which take a while to be looked for. */
  readonly programs?: Programs;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

export async function startFakeCoconut({
  apiKey = 'k-fake-coconut',
  storageEndpoints = {},
  programs,
}: FakeCoconutOptions = {}): Promise<FakeCoconut> {
  const faults = noFaults();
  const requests: string[] = [];
  const jobs = new Map<string, JobRecord>();
  const working = new Set<Promise<void>>();
  const deliveries: Delivery[] = [];
  const found = programs ?? (await findFfmpeg({ pathVariable: process.env.PATH ?? '' }));
  const runner: JobRunner = { programs: found, faults, deliveries, storageEndpoints };

  function create(body: string): Answer {
    try {
      const job = newJob(validateJob(jsonOf(body)));
      jobs.set(job.id, job);
      const work = runJob(job, runner).finally(() => working.delete(work));
      working.add(work);
      return { status: 201, body: presentJob(job) };
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      return refusal(400, error.errorCode, error.message);
    }
  }

  function retrieve(id: string, what: 'job' | 'metadata'): Answer {
    const job = faults.forgetsJobs ? undefined : jobs.get(id);
    if (!job) return { status: 404, body: { message: 'The job was not found', status: 'error' } };
    if (what === 'metadata') return { status: 200, body: { metadata: { input: job.inputMetadata } } };
    return { status: 200, body: presentJob(job) };
  }

  function answerOf(request: IncomingMessage, body: string): Answer {
    const expected = `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`;
    if (request.headers.authorization !== expected)
      return refusal(401, 'authentication_failed', 'The API key is not valid');
    const route = `${request.method} ${request.url}`;
    if (route === 'POST /v2/jobs') return create(body);
    const [, metadata, id] = /^GET \/v2\/(metadata\/)?jobs\/([\w-]+)$/.exec(route) ?? [];
    if (id !== undefined) return retrieve(id, metadata === undefined ? 'job' : 'metadata');
    return { status: 404, body: { message: 'Not found' } };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests.push(`${request.method} ${request.url}`);
    const body = await text(request);
    const fault = faults.answers.shift() ?? null;
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'answer') return void response.writeHead(fault.status, fault.headers).end(fault.body);
    const answer = answerOf(request, body);
    if (fault?.kind === 'lost') return void response.destroy();
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    response.writeHead(answer.status, headers).end(JSON.stringify(answer.body));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      console.error('the fake Coconut failed', error);
      response.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const idle = async () => {
    while (working.size > 0) await Promise.all(working);
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`,
    apiKey,
    faults,
    requests,
    jobs,
    deliveries,
    idle,
    async [Symbol.asyncDispose]() {
      await idle();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function refusal(status: number, errorCode: string, message: string): Answer {
  return { status, body: { message, error_code: errorCode, status: 'error' } };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new RequestRefused('params_not_valid', 'The body is no JSON');
  }
}
