import { inject } from 'vitest';
import { serveApi } from '#api/serve.ts';
import type { Log } from '#domain/context.ts';
import { type FakeCoconut, startFakeCoconut } from '#test/support/coconut/fake-coconut.ts';
import type { JobRecord } from '#test/support/coconut/job-record.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';
import { freePort } from '#test/support/ports.ts';

/** The whole service with Coconut as its transcoder, its API listening where Coconut calls back. */
export interface CoconutDeployment {
  readonly pipeline: Pipeline;
  readonly fake: FakeCoconut;
  /** Of the API. */
  readonly url: string;
  /** Everything that was logged, as text. */
  logged(): string;
  /** What must show up in no log, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Jobs at Coconut for a video, oldest first. */
  jobsOf(videoId: string): JobRecord[];
  /** Has what is open begun and been heard of so much earlier. The clock stays: the queue goes by the database's. */
  passMinutes(minutes: number): Promise<void>;
  close(): Promise<void>;
}

export async function coconutDeployment(
  env: Readonly<Record<string, string>> = {},
): Promise<CoconutDeployment> {
  const s3 = inject('s3');
  const fake = await startFakeCoconut({ apiKey: 'k-api-key-of-the-pipeline-tests' });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const webhookSecret = 'webhook-secret-of-the-pipeline-tests-0123';
  const lines: string[] = [];
  const line = (fields: object, message: string) => void lines.push(`${message} ${told(fields)}`);
  const log: Log = { debug: line, info: line, warn: line, error: line };
  const pipeline = await startPipeline({
    log,
    env: {
      TRANSCODER: 'coconut',
      COCONUT_API_KEY: fake.apiKey,
      COCONUT_ENDPOINT: fake.endpoint,
      COCONUT_WEBHOOK_SECRET: webhookSecret,
      COCONUT_STORAGE_ACCESS_KEY_ID: s3.accessKeyId,
      COCONUT_STORAGE_SECRET_ACCESS_KEY: s3.secretAccessKey,
      PUBLIC_URL: url,
      ...env,
    },
  });
  const api = await serveApi(pipeline.app, { port, host: '127.0.0.1', maxRequestSeconds: 60 });
  return {
    pipeline,
    fake,
    url,
    logged: () => lines.join('\n'),
    secrets: { apiKey: fake.apiKey, storageSecret: s3.secretAccessKey, webhookSecret },
    jobsOf: (videoId) =>
      [...fake.jobs.values()].filter(({ request }) =>
        request.outputs.some((output) => output.kind === 'httpstream' && output.folder.includes(videoId)),
      ),
    async passMinutes(minutes) {
      const earlier = `- make_interval(mins => ${minutes})`;
      await pipeline.rows(
        `update transcode_jobs set started_at = started_at ${earlier}, asked_at = asked_at ${earlier},
           lease_until = lease_until ${earlier} where state = 'RUNNING'`,
      );
      await pipeline.rows(`update provider_standings set blocked_until = blocked_until ${earlier}`);
    },
    async close() {
      await fake[Symbol.asyncDispose]();
      await api.close(0);
      await pipeline.close();
    },
  };
}

/** Without what the logger would redact: the message, the stack and the causes of errors are its input. */
function told(fields: object): string {
  return Object.entries(fields)
    .map(
      ([name, value]) =>
        `${name}=${value instanceof Error ? `${value.stack} ${told({ cause: value.cause })}` : JSON.stringify(value)}`,
    )
    .join(' ');
}
