import { randomBytes } from 'node:crypto';
import type { FakeJobRequest, FakeOutput } from './job-validation.ts';

/** One output of a job, as far as it has come. */
export interface OutputRecord {
  readonly output: FakeOutput;
  status: string;
  error: string | null;
  urls: readonly string[];
}

/** One job, as the service keeps it. */
export interface JobRecord {
  readonly id: string;
  readonly request: FakeJobRequest;
  readonly createdAt: Date;
  completedAt: Date | null;
  status: 'job.starting' | 'job.processing' | 'job.completed' | 'job.failed';
  progressPercent: number;
  inputStatus: 'input.starting' | 'input.transferring' | 'input.transferred' | 'input.failed';
  inputError: string | null;
  inputMetadata: object | null;
  readonly outputs: readonly OutputRecord[];
}

export function newJob(request: FakeJobRequest): JobRecord {
  return {
    id: randomBytes(9).toString('base64url').replaceAll('_', 'A').replaceAll('-', 'B'),
    request,
    createdAt: new Date(),
    completedAt: null,
    status: 'job.starting',
    progressPercent: 0,
    inputStatus: 'input.starting',
    inputError: null,
    inputMetadata: null,
    outputs: request.outputs.map((output) => ({
      output,
      status: `${output.kind}.waiting`,
      error: null,
      urls: [],
    })),
  };
}

/** `2021-09-25 17:45:59 +0000`, which no standard knows. */
function momentOf(date: Date | null): string | null {
  return date && `${date.toISOString().slice(0, 19).replace('T', ' ')} +0000`;
}

/** As GET answers it, and as the job's own events carry it. */
export function presentJob(job: JobRecord): object {
  return {
    id: job.id,
    created_at: momentOf(job.createdAt),
    completed_at: momentOf(job.completedAt),
    status: job.status,
    progress: `${Math.round(job.progressPercent)}%`,
    input: { status: job.inputStatus, ...(job.inputError !== null && { error: job.inputError }) },
    outputs: job.outputs.map(presentOutput),
  };
}

/** Videos have one address, pictures a list, streams a list of objects. */
export function presentOutput({ output, status, error, urls }: OutputRecord): object {
  const { key, kind, formatText: format } = output;
  const [url] = urls;
  return {
    key,
    type: kind,
    format,
    status,
    ...(error !== null && { error }),
    ...(kind === 'image' && urls.length > 0 && { urls }),
    ...(kind === 'video' && url !== undefined && { url }),
    ...(kind === 'httpstream' &&
      urls.length > 0 && { urls: urls.map((each) => ({ format: 'hls', url: each })) }),
  };
}
