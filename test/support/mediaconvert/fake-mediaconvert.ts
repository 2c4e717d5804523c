import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CreateJobCommandInput } from '@aws-sdk/client-mediaconvert';
import { s3Connection } from '#providers/storage/s3-object-store.ts';
import type { S3Options } from '#providers/storage/s3-server.ts';
import { type FfmpegBinaries, findFfmpeg } from '#providers/transcoders/ffmpeg/ffmpeg-binaries.ts';
import { EventBus } from './event-bus.ts';
import { FakeFaults } from './fake-faults.ts';
import { type FakeJob, FakeJobs } from './fake-jobs.ts';
import { requestSchema } from './request-schema.ts';
import { runJob } from './run-job.ts';
import { serveRequest } from './serve-request.ts';

export interface FakeOptions {
  /** Of the role: what jobs may read and write. */
  readonly s3: S3Options;
  readonly region?: string;
  /** Left out: what PATH has, or npm's. */
  readonly binaries?: FfmpegBinaries;
}

/** AWS Elemental MediaConvert over HTTP, with FFmpeg in place of its encoders. */
export interface FakeMediaConvert {
  /** For MEDIACONVERT_ENDPOINT. */
  readonly url: string;
  readonly jobs: FakeJobs;
  readonly faults: FakeFaults;
  readonly events: EventBus;
  /** Every CreateJob request that came, in the names of the model, taken or refused. */
  readonly requests: readonly CreateJobCommandInput[];
  /** `CreateJob`, `GetJob`, ... as they came. */
  readonly calls: readonly string[];
  /** Jobs from now on wait before they read their source, until the returned function is called. */
  hold(): () => void;
  /** Jobs from now on end in state ERROR; null: no more. */
  failJobs(failure: { readonly code: number; readonly message: string } | null): void;
  /** Resolves when no job is at work. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it on a port of its own. Closing breaks off every job and waits for its FFmpeg. */
export async function startFakeMediaConvert(options: FakeOptions): Promise<FakeMediaConvert> {
  const binaries = options.binaries ?? (await findFfmpeg({ pathVariable: process.env.PATH ?? '' }));
  const { s3, region = 'us-east-1' } = options;
  const connection = s3Connection(s3);
  const stop = new AbortController();
  const jobs = new FakeJobs(region);
  const faults = new FakeFaults();
  const events = new EventBus(stop.signal);
  const requests: CreateJobCommandInput[] = [];
  const calls: string[] = [];
  const running = new Map<FakeJob, Promise<void>>();
  let goOn: Promise<unknown> = Promise.resolve();
  let failure: { readonly code: number; readonly message: string } | null = null;

  const start = (job: FakeJob) => {
    if (stop.signal.aborted) return;
    const done = runJob(job, { s3: connection, binaries, events, goOn, failure });
    running.set(job, done);
    void done.finally(() => running.delete(job));
  };
  const schema = requestSchema();
  const server = http.createServer((request, response) => {
    void serveRequest(request, response, { jobs, faults, schema, requests, calls, start });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const settled = async () => {
    while (running.size > 0) await Promise.all(running.values());
  };
  return {
    url: `http://127.0.0.1:${port}`,
    jobs,
    faults,
    events,
    requests,
    calls,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      goOn = promise;
      return () => {
        goOn = Promise.resolve();
        resolve();
      };
    },
    failJobs(next) {
      failure = next;
    },
    settled,
    async close() {
      stop.abort();
      for (const job of running.keys()) job.aborter.abort();
      await settled();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      connection.close();
    },
  };
}
