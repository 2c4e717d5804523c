import { inject } from 'vitest';
import { serveApi } from '#api/serve.ts';
import {
  type FakeMediaConvert,
  startFakeMediaConvert,
} from '#test/support/mediaconvert/fake-mediaconvert.ts';
import { type Pipeline, startPipeline } from '#test/support/pipeline.ts';
import { freePort } from '#test/support/ports.ts';
import { TEST_ROLE_ARN } from './subject.ts';

const SECRET = 'a-secret-that-eventbridge-sends-with-each-event';

/** The whole service with MediaConvert as its transcoder, its API listening where events are sent. */
export interface MediaConvertDeployment {
  readonly pipeline: Pipeline;
  readonly fake: FakeMediaConvert;
  /** Of the API. */
  readonly url: string;
  close(): Promise<void>;
}

export async function mediaConvertDeployment(
  env: Readonly<Record<string, string>> = {},
): Promise<MediaConvertDeployment> {
  const { url: endpoint, ...credentials } = inject('s3');
  const fake = await startFakeMediaConvert({
    s3: { region: 'us-east-1', endpoint, credentials, vendor: 'embedded' },
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const pipeline = await startPipeline({
    env: {
      TRANSCODER: 'mediaconvert',
      MEDIACONVERT_ENDPOINT: fake.url,
      MEDIACONVERT_ROLE_ARN: TEST_ROLE_ARN,
      MEDIACONVERT_QUEUE_ARN: 'arn:aws:mediaconvert:us-east-1:111122223333:queues/videos',
      MEDIACONVERT_WEBHOOK_SECRET: SECRET,
      PUBLIC_URL: url,
      ...env,
    },
  });
  const api = await serveApi(pipeline.app, { port, host: '127.0.0.1', maxRequestSeconds: 60 });
  fake.events.target = { url: `${url}/webhooks/mediaconvert`, secret: SECRET };
  return {
    pipeline,
    fake,
    url,
    async close() {
      await fake.close();
      await api.close(0);
      await pipeline.close();
    },
  };
}
