import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { reconcile } from '#domain/operations/reconcile.ts';
import { expireLeases } from '#domain/transcode/expire-leases.ts';
import { receiveProviderNotification } from '#domain/transcode/receive-provider-notification.ts';
import { StorageError } from '#providers/storage/storage-errors.ts';
import {
  type RemoteTranscoderName,
  TranscodeFailure,
  TranscoderUnavailable,
} from '#providers/transcoders/transcoder.ts';
import { notification, type ScriptedRemote } from '#test/domain/scripted-remote.ts';
import type { Stage } from '#test/domain/stage.ts';

/** Where a process can die: the provider has done it, and nobody hears so. */
export type CrashPoint = 'submit' | 'status' | 'find';

/** What our own side does by itself. */
export type Work = 'submit' | 'apply' | 'reconcile' | 'watch';

export type Operation =
  | { readonly do: Work; readonly dieAt: CrashPoint | null }
  /** At the provider, to the job of one video. */
  | { readonly do: 'progress' | 'finish' | 'spoil' | 'fail' | 'cancel' | 'forget'; readonly video: number }
  /** A webhook about any job that the provider ever had, as often as it likes. */
  | {
      readonly do: 'notify';
      readonly nth: number;
      readonly kind: 'progress' | 'ended';
      readonly again: boolean;
    }
  | {
      readonly do:
        | 'away'
        | 'throttle'
        | 'back'
        | 'loseAnswer'
        | 'storageAway'
        | 'storageBack'
        | 'leasesRunOut';
    }
  | { readonly do: 'pass'; readonly seconds: number }
  /** All that a deployment does in a minute. */
  | { readonly do: 'minute' };

/** How all that a video still has running ends. */
export type Fate = 'finish' | 'fail' | 'forget';

/** What went wrong with a video at the provider, which alone may be held against it. */
interface Blame {
  failures: number;
  forgotten: number;
}

/** A few videos at one provider, and all that can happen to them. */
export class ProviderWorld {
  readonly #stage: Stage;
  readonly #provider: ScriptedRemote;
  readonly #doomed = new AsyncLocalStorage<{ at: CrashPoint; die: () => void }>();
  readonly #videos: { readonly videoId: string; readonly blame: Blame }[] = [];

  constructor(stage: Stage, provider: RemoteTranscoderName) {
    this.#stage = stage;
    this.#provider = stage[provider];
    stage.transcoders.defaultName = provider;
    stage.tune({ providerTimeoutSeconds: 30 * 86_400 });
    this.#provider.beforeAnswer = (call) => {
      const doomed = this.#doomed.getStore();
      if (doomed?.at !== call) return Promise.resolve();
      doomed.die();
      return new Promise<void>(() => undefined);
    };
  }

  async open(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      const { videoId } = await this.#stage.probed();
      this.#videos.push({ videoId, blame: { failures: 0, forgotten: 0 } });
    }
  }

  async run(operation: Operation): Promise<void> {
    const stage = this.#stage;
    const provider = this.#provider;
    switch (operation.do) {
      case 'submit':
      case 'apply':
      case 'reconcile':
      case 'watch':
        return this.#work(operation.do, operation.dieAt);
      case 'notify':
        return this.#notify(operation);
      case 'away':
        provider.outage = new TranscoderUnavailable('transcoder_unreachable', 'away');
        return;
      case 'throttle':
        provider.outage = new TranscoderUnavailable('transcoder_throttled', 'later', {
          retryAfterSeconds: 20,
        });
        return;
      case 'back':
        provider.outage = null;
        return;
      case 'loseAnswer':
        provider.lostAnswers += 1;
        return;
      case 'storageAway':
        stage.gates.media.get = () => Promise.reject(new StorageError('unavailable', 'away'));
        return;
      case 'storageBack':
        delete stage.gates.media.get;
        return;
      case 'leasesRunOut':
        return this.#leasesRunOut();
      case 'pass':
        return stage.passSeconds(operation.seconds);
      case 'minute':
        return this.#minute();
      default:
        return this.#atProvider(operation);
    }
  }

  /** One piece of our own work, which may die with its process. */
  async #work(what: Work, dieAt: CrashPoint | null): Promise<void> {
    const stage = this.#stage;
    const work = async () => {
      if (what === 'reconcile') await reconcile(stage.system());
      else if (what === 'watch') await expireLeases(stage.system());
      else await stage.runJobs(what === 'submit' ? 'submit-transcode' : 'apply-provider-event');
    };
    if (dieAt === null) return work();
    const died = Promise.withResolvers<void>();
    await Promise.race([died.promise, this.#doomed.run({ at: dieAt, die: died.resolve }, work)]);
  }

  async #minute(): Promise<void> {
    this.#stage.passSeconds(60);
    for (const what of ['watch', 'reconcile', 'submit', 'apply'] as const) await this.#work(what, null);
  }

  async #atProvider({ do: what, video }: Extract<Operation, { video: number }>): Promise<void> {
    const target = this.#videos[video % this.#videos.length];
    const job = this.#provider.jobs.findLast(
      ({ order, status, id }) =>
        order.videoId === target?.videoId && status.state === 'running' && id !== 'forgotten',
    );
    if (!target || !job) return;
    if (what === 'progress') job.status = { state: 'running', progressPercent: Math.random() * 100 };
    else if (what === 'finish') await this.#provider.finish(job);
    else if (what === 'forget') {
      target.blame.forgotten += 1;
      this.#provider.forget(job);
    } else {
      target.blame.failures += 1;
      if (what === 'fail') this.#provider.fail(job, new TranscodeFailure('TRANSCODE_ERROR', 'no'));
      else if (what === 'cancel') job.status = { state: 'canceled' };
      else {
        await this.#provider.finish(job);
        await this.#stage.system().storage.media.deleteMany([`${job.order.outputPrefix}master.m3u8`]);
      }
    }
  }

  async #notify({ nth, kind, again }: Extract<Operation, { do: 'notify' }>): Promise<void> {
    const { jobs, name } = this.#provider;
    const job = jobs[nth % Math.max(1, jobs.length)];
    if (!job || job.id === 'forgotten') return;
    const eventId = again ? `${job.order.jobId}:${kind}` : randomUUID();
    const request = notification({
      jobId: job.order.jobId,
      providerJobId: job.id,
      kind,
      eventId,
      progressPercent: 50,
    });
    await receiveProviderNotification(this.#stage.system(), { provider: name, request });
  }

  async #leasesRunOut(): Promise<void> {
    await this.#stage.sql(
      "update transcode_jobs set lease_until = now() - interval '1 second' where lease_until is not null and state in ('QUEUED', 'RUNNING')",
    );
  }

  /** The world calms down: everybody is there, works and tells everything once more. */
  async settle(fates: readonly Fate[]): Promise<void> {
    await this.run({ do: 'back' });
    await this.run({ do: 'storageBack' });
    this.#provider.lostAnswers = 0;
    for (let round = 0; round < 40; round += 1) {
      this.#stage.passSeconds(700);
      await this.#leasesRunOut();
      await this.#stage.sql("update provider_events set received_at = now() - interval '2 minutes'");
      for (const what of ['watch', 'reconcile', 'submit', 'apply'] as const) await this.#work(what, null);
      for (const [video, fate] of fates.entries()) await this.#atProvider({ do: fate, video });
      const open = await this.#stage.sql("select 1 from transcode_jobs where state in ('QUEUED', 'RUNNING')");
      if (open.length === 0) break;
    }
    for (let nth = 0; nth < this.#provider.jobs.length; nth += 1)
      for (const kind of ['ended', 'progress'] as const)
        await this.#notify({ do: 'notify', nth, kind, again: false });
    await this.#work('apply', null);
  }

  /** What has to be true in the end, whatever happened. Answers how each video ended. */
  async judge(): Promise<string[]> {
    const endings: string[] = [];
    for (const { videoId, blame } of this.#videos) endings.push(await this.#judge(videoId, blame));
    expect(await this.#stage.sql('select 1 from provider_events where processed_at is null')).toEqual([]);
    return endings;
  }

  async #judge(videoId: string, { failures, forgotten }: Blame): Promise<string> {
    const stage = this.#stage;
    const attempts = await stage.attempts(videoId);
    const [status] = await stage.standing(videoId);
    const published = attempts.filter(({ state }) => state === 'SUCCEEDED');
    const failed = attempts.filter(({ state }) => state === 'FAILED');
    const forgotForGood = failed.filter(({ forgotten_before }) => forgotten_before > 0);
    expect(failed.length).toBeLessThanOrEqual(failures + (forgotten > 1 ? 1 : 0));
    expect(status).toBe(published.length === 1 ? 'READY' : 'FAILED');
    expect(published.length).toBeLessThanOrEqual(1);
    if (status === 'FAILED') expect(failed.length === 3 || forgotForGood.length > 0).toBe(true);
    const letters = await stage.sql('select 1 from dead_letters where video_id = ?', [videoId]);
    expect(letters).toHaveLength(status === 'FAILED' ? 1 : 0);
    const masters = await stage.sql<{ version: string; file_key: string }>(
      "select version, file_key from video_assets where video_id = ? and type = 'HLS_MASTER'",
      [videoId],
    );
    expect(masters.map(({ version }) => version)).toEqual(published.map(({ version }) => version));
    for (const { id, provider_job_id } of published) {
      const job = this.#provider.jobOf(id);
      expect([job.id, job.status.state]).toEqual([provider_job_id, 'succeeded']);
      expect(await stage.keys('media', job.order.outputPrefix)).toContain(masters[0]?.file_key);
    }
    return `${status} after ${attempts.length}`;
  }
}
