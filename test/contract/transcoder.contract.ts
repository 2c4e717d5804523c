import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type {
  Submission,
  TranscodeOrder,
  TranscodeOutput,
  Transcoder,
  TranscodeStatus,
} from '#providers/transcoders/transcoder.ts';
import { waitFor } from '#test/support/conditions.ts';

/** A transcoder under test with a place that takes its outputs. */
export interface TranscoderSubject {
  readonly transcoder: Transcoder;
  /** False where the provider cannot be told to stop: a canceled job goes on, under its own prefix. Default true. */
  readonly stopsOnCancel?: boolean;
  /** A fresh order that succeeds soon: its own job id and output prefix. */
  newOrder(): Promise<TranscodeOrder>;
  /** A fresh order that is still at work when the test cancels it. */
  newLongOrder(): Promise<TranscodeOrder>;
  /** Keys of everything in the bucket of outputs. */
  outputKeys(): Promise<string[]>;
  /** Text of one output. */
  readOutput(key: string): Promise<string>;
  close(): Promise<void>;
}

type Ended = Extract<TranscodeStatus, { state: 'succeeded' | 'failed' | 'canceled' }>;

/** What every adapter of the Transcoder port promises. A new adapter passes it before anything else is tried. */
export function transcoderContract(name: string, makeSubject: () => Promise<TranscoderSubject>): void {
  describe(`transcoder contract: ${name}`, () => {
    let subject: TranscoderSubject;
    beforeEach(async () => {
      subject = await makeSubject();
    });
    afterEach(() => subject.close());

    test('an order ends with all its outputs under its prefix and nothing elsewhere', async () => {
      const order = await subject.newOrder();
      const output = await outputOf(subject, await subject.transcoder.submit(order), order);
      const keys = await subject.outputKeys();
      expect(keys.filter((key) => !key.startsWith(order.outputPrefix))).toEqual([]);
      expect(output.masterKey).toBe(`${order.outputPrefix}master.m3u8`);
      expect(keys).toContain(output.masterKey);
      for (const asset of output.assets) expect(keys).toContain(asset.key);
      expect(output.assets.filter(({ type }) => type === 'MP4')).toEqual([]);
      for (const key of keys.filter((each) => each.endsWith('.m3u8'))) {
        const folder = key.slice(0, key.lastIndexOf('/') + 1);
        for (const uri of urisOf(await subject.readOutput(key))) expect(keys).toContain(folder + uri);
      }
    });

    test('the outputs are the rungs that were ordered', async () => {
      const order = await subject.newOrder();
      const output = await outputOf(subject, await subject.transcoder.submit(order), order);
      const rungs = output.assets.filter(({ type }) => type === 'HLS_RENDITION');
      expect(
        rungs.map(({ qualityLabel, width, height }) => ({ label: qualityLabel, width, height })),
      ).toEqual(order.ladder.map(({ label, width, height }) => ({ label, width, height })));
      expect(output.durationSeconds).toBeCloseTo(order.probe.durationSeconds, 0);
    });

    test('MP4 renditions come beside the rungs where they are ordered, and nowhere else', async () => {
      const order = { ...(await subject.newOrder()), mp4Renditions: true };
      const output = await outputOf(subject, await subject.transcoder.submit(order), order);
      const mp4s = output.assets.filter(({ type }) => type === 'MP4');
      expect(mp4s.map(({ qualityLabel, key, container }) => [qualityLabel, key, container])).toEqual(
        order.ladder.map(({ label }) => [label, `${order.outputPrefix}${label}.mp4`, 'mp4']),
      );
      const keys = await subject.outputKeys();
      for (const { key } of mp4s) expect(keys).toContain(key);
    });

    test('a finished job says so when asked', async () => {
      const order = await subject.newOrder();
      const submission = await subject.transcoder.submit(order);
      const output = await outputOf(subject, submission, order);
      expect(await subject.transcoder.status({ providerJobId: submission.providerJobId, order })).toEqual({
        state: 'succeeded',
        output,
      });
    });

    test('the same id twice gives one result', async () => {
      const order = await subject.newOrder();
      const [first, second] = await Promise.all([
        subject.transcoder.submit(order),
        subject.transcoder.submit(order),
      ]);
      const outputs = [await outputOf(subject, first, order), await outputOf(subject, second, order)];
      expect(second.providerJobId).toBe(first.providerJobId);
      expect(outputs[1]).toEqual(outputs[0]);
      const again = await subject.transcoder.submit(order);
      expect(again.providerJobId).toBe(first.providerJobId);
      expect(await outputOf(subject, again, order)).toEqual(outputs[0]);
    });

    test('a canceled job publishes no master playlist where its transcoder can stop it', async () => {
      const order = await subject.newLongOrder();
      const submission = await subject.transcoder.submit(order);
      const outcome = submission.done?.then(
        () => 'done',
        (error: Error) => error.name,
      );
      await subject.transcoder.cancel(submission.providerJobId);
      const status = await ended(subject.transcoder, submission.providerJobId, order);
      if (subject.stopsOnCancel === false) return expect(status.state).toBe('succeeded');
      expect(status.state).toBe('canceled');
      if (outcome) expect(await outcome).toBe('AbortError');
      expect(await subject.outputKeys()).not.toContain(`${order.outputPrefix}master.m3u8`);
    });

    test('canceling what is over or unknown is no error', async () => {
      const order = await subject.newOrder();
      const submission = await subject.transcoder.submit(order);
      await outputOf(subject, submission, order);
      await subject.transcoder.cancel(submission.providerJobId);
      await subject.transcoder.cancel(randomUUID());
      expect(
        (await subject.transcoder.status({ providerJobId: submission.providerJobId, order })).state,
      ).toBe('succeeded');
    });

    test('a job that was never submitted is unknown', async () => {
      expect(
        await subject.transcoder.status({ providerJobId: randomUUID(), order: await subject.newOrder() }),
      ).toEqual({ state: 'unknown' });
    });
  });
}

async function outputOf(
  subject: TranscoderSubject,
  submission: Submission,
  order: TranscodeOrder,
): Promise<TranscodeOutput> {
  if (submission.done) return submission.done;
  const status = await ended(subject.transcoder, submission.providerJobId, order);
  if (status.state !== 'succeeded') throw new Error(`the job is ${status.state}`, { cause: status });
  return status.output;
}

async function ended(transcoder: Transcoder, providerJobId: string, order: TranscodeOrder): Promise<Ended> {
  const ask = async () => {
    const status = await transcoder.status({ providerJobId, order });
    return status.state !== 'running' && status.state !== 'unknown' && status;
  };
  return waitFor(`the end of job ${providerJobId}`, ask, { timeoutMs: 60_000 });
}

/** Everything that a playlist names: lines that are no tags, and URI attributes. */
function urisOf(playlist: string): string[] {
  const lines = playlist.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return [...lines, ...[...playlist.matchAll(/URI="([^"]+)"/g)].map(([, uri = '']) => uri)];
}
