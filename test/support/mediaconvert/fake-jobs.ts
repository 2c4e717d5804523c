import { randomBytes } from 'node:crypto';
import type { CreateJobCommandInput, JobStatus } from '@aws-sdk/client-mediaconvert';

/** For this long a token gives the job that it gave before. */
const TOKEN_SECONDS = 60;

export interface FakeOutput {
  readonly durationMs: number;
  readonly width: number | null;
  readonly height: number | null;
  /** What the event of the end names; `GetJob` does not. */
  readonly paths: readonly string[];
}

export interface FakeOutputGroup {
  readonly type: 'CMAF_GROUP' | 'HLS_GROUP' | 'FILE_GROUP';
  readonly playlistPaths: readonly string[];
  readonly outputs: readonly FakeOutput[];
}

/** A job as the service keeps it. */
export interface FakeJob {
  readonly id: string;
  readonly arn: string;
  readonly queue: string;
  readonly createdAt: Date;
  /** In the names of the model. */
  readonly request: CreateJobCommandInput;
  /** As it came. */
  readonly wire: Readonly<Record<string, unknown>>;
  status: JobStatus;
  /** Null as long as the service does not know. */
  percent: number | null;
  error: { readonly code: number; readonly message: string } | null;
  groups: readonly FakeOutputGroup[];
  /** Breaks off its work. */
  readonly aborter: AbortController;
}

/** The jobs of one account and region, newest first. */
export class FakeJobs {
  readonly #jobs: FakeJob[] = [];
  readonly #region: string;

  constructor(region: string) {
    this.#region = region;
  }

  add(request: CreateJobCommandInput, wire: Readonly<Record<string, unknown>>): FakeJob {
    const id = `${Date.now()}-${randomBytes(3).toString('hex')}`;
    const job: FakeJob = {
      id,
      arn: this.#arn(`jobs/${id}`),
      queue: request.Queue ?? this.#arn('queues/Default'),
      createdAt: new Date(),
      request,
      wire,
      status: 'SUBMITTED',
      percent: null,
      error: null,
      groups: [],
      aborter: new AbortController(),
    };
    this.#jobs.unshift(job);
    return job;
  }

  get(id: string): FakeJob | null {
    return this.#jobs.find((job) => job.id === id) ?? null;
  }

  /** The job that the same token gave within the last minute. */
  byToken(token: string | undefined): FakeJob | null {
    const since = Date.now() - TOKEN_SECONDS * 1000;
    const same = (job: FakeJob) =>
      job.request.ClientRequestToken === token && job.createdAt.getTime() > since;
    return token === undefined ? null : (this.#jobs.find(same) ?? null);
  }

  newestFirst(queue?: string): readonly FakeJob[] {
    return this.#jobs.filter((job) => queue === undefined || job.queue === queue);
  }

  forget(id: string): void {
    const index = this.#jobs.findIndex((job) => job.id === id);
    if (index >= 0) this.#jobs.splice(index, 1);
  }

  #arn(resource: string): string {
    return `arn:aws:mediaconvert:${this.#region}:111122223333:${resource}`;
  }
}
