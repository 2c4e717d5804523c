import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { TranscodeOrder, TranscodeStatus } from '#providers/transcoders/transcoder.ts';
import { waitFor } from '#test/support/conditions.ts';
import { type CoconutSubject, coconutSubject } from './subject.ts';

let subject: CoconutSubject;
beforeEach(async () => {
  const { accessKeyId, secretAccessKey } = inject('s3');
  subject = await coconutSubject((bucket) => ({
    service: 's3',
    region: 'us-east-1',
    bucket,
    credentials: { accessKeyId, secretAccessKey },
  }));
});
afterEach(() => subject.close());

async function outcome(order: TranscodeOrder): Promise<TranscodeStatus> {
  const { providerJobId } = await subject.transcoder.submit(order);
  return waitFor('the end of the job', async () => {
    const status = await subject.transcoder.status({ providerJobId, order });
    return status.state !== 'running' && status;
  });
}

test('a bucket that takes no public objects takes the outputs', async () => {
  // The S3 server here refuses public ACLs, as Amazon's does since 2023, and Coconut's default is public.
  expect((await outcome(await subject.order('silent'))).state).toBe('succeeded');
  const [job] = subject.fake.jobs.values();
  expect(job?.request.storage).toMatchObject({ service: 's3', acl: 'bucket-owner-full-control' });
});

test('a source that is not there, and an output that fails, are told with their reasons', async () => {
  const order = await subject.order('silent');
  const gone = await outcome({ ...order, jobId: 'gone', source: { ...order.source, key: 'not-there' } });
  expect(gone).toMatchObject({
    state: 'failed',
    error: { message: 'Coconut failed: input: source_http_404_error', isFinal: false },
  });
  subject.fake.faults.failingOutputs = {
    poster: 'image_cant_be_created at https://a.example/?X-Amz-Signature=1',
  };
  const failed = await outcome({ ...order, jobId: 'failing' });
  expect(failed).toMatchObject({
    state: 'failed',
    error: { message: 'Coconut failed: poster: image_cant_be_created at [address]', isFinal: false },
  });
});

test('a job that waits says that it runs', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  subject.fake.faults.hold = promise;
  const order = await subject.order('silent');
  const { providerJobId } = await subject.transcoder.submit(order);
  const status = await subject.transcoder.status({ providerJobId, order });
  expect(status).toEqual({ state: 'running', progressPercent: 0 });
  resolve();
});
