import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import type { SharedContext } from '#bootstrap/compose.ts';
import type { Context, Transcoders } from '#domain/context.ts';
import type { JobName, JobPayloads } from '#domain/jobs.ts';
import type { Settings } from '#domain/settings.ts';
import { runAttempt } from '#domain/transcode/run-attempt.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { startUpload } from '#domain/upload/start-upload.ts';
import type { UploadView } from '#domain/upload/upload-view.ts';
import { createVideo } from '#domain/video/create-video.ts';
import { waitFor } from '#test/support/conditions.ts';
import { createTestPlatform, type TestPlatform, userActor } from '#test/support/platform.ts';
import { TASKS } from '#worker/task-list.ts';
import { type GateName, type Gates, gated } from './gated-store.ts';
import { bytesOf, put } from './part-bytes.ts';
import { ScriptedInspector, ScriptedTranscoder } from './scripted-media.ts';
import { ScriptedRemote } from './scripted-remote.ts';
import { StagedRows } from './staged-rows.ts';

const MIB = 1024 ** 2;
/** Cut into two parts, as the smallest file that has more than one. */
export const FILE_SIZE_BYTES = 8 * MIB + 1000;

/** One deployment for a file: real Postgres, real S3; transcoder and inspector scripted; a clock that can be set. */
export class Stage extends StagedRows {
  readonly inspector = new ScriptedInspector();
  /** Works inside the process, under the name of FFmpeg. */
  readonly transcoder = new ScriptedTranscoder();
  /** Work elsewhere; only the second one can be asked by our own ids. */
  readonly coconut = new ScriptedRemote('coconut');
  readonly mediaconvert = new ScriptedRemote('mediaconvert');
  readonly transcoders: { -readonly [K in keyof Transcoders]: Transcoders[K] } = {
    defaultName: 'ffmpeg',
    fallbackName: null,
    configured: ['ffmpeg', 'coconut', 'mediaconvert'],
    get: (name) => (name === 'coconut' || name === 'mediaconvert' ? this[name] : this.transcoder),
  };
  readonly gates: { sources: Gates; media: Gates } = { sources: {}, media: {} };
  readonly #wanted: Partial<Settings>;
  #settings: Settings | undefined;
  #real: Settings | undefined;
  #aheadMs = 0;
  #platform: TestPlatform | undefined;

  constructor(settings: Partial<Settings> = {}) {
    super();
    this.#wanted = settings;
  }

  async open(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#platform = await createTestPlatform({
      env,
      now: this.now,
      replace: (real) => this.#replacements(real),
    });
    for (const transcoder of [this.transcoder, this.coconut, this.mediaconvert])
      transcoder.media = this.system().storage.media;
  }

  #replacements(real: SharedContext): Partial<SharedContext> {
    this.#real = { ...real.settings, ...this.#wanted };
    this.#settings = { ...this.#real };
    return {
      storage: {
        sources: gated(real.storage.sources, this.gates.sources),
        media: gated(real.storage.media, this.gates.media),
      },
      inspector: this.inspector,
      transcoders: this.transcoders,
      settings: this.#settings,
    };
  }

  get platform(): TestPlatform {
    if (!this.#platform) throw new Error('The stage is open only while tests run');
    return this.#platform;
  }

  /** What the platform takes for the time. The database keeps its own. */
  readonly now = (): Date => new Date(Date.now() + this.#aheadMs);

  /** Lets time pass for the platform, not for the database. */
  passSeconds(seconds: number): void {
    this.#aheadMs += seconds * 1000;
  }

  /** Other settings until the test ends. */
  tune(changes: Partial<Settings>): void {
    Object.assign(this.#settings ?? {}, changes);
  }

  as(ownerId: string): Context {
    return this.platform.context(userActor(ownerId));
  }

  system(): Context {
    return this.platform.context({ kind: 'system' });
  }

  /**
   * Runs queued jobs one after the other until none is due, as a worker would; what they enqueue runs too.
   *
   * @param task only these
   * @returns how many ran
   */
  async runJobs(task?: JobName, signal = new AbortController().signal): Promise<number> {
    for (let ran = 0; ; ran += 1) {
      const [job] = (await this.queue(task)).filter(({ runAt }) => new Date(runAt) <= this.now());
      if (!job) return ran;
      await this.sql('delete from graphile_worker._private_jobs where id = ?', [job.id]);
      await runTask(job.task, this.system(), job.payload, signal);
    }
  }

  /** @returns the id of a new DRAFT */
  async draft(ownerId: string = randomUUID()): Promise<{ ownerId: string; videoId: string }> {
    const input = {
      title: 'Tour',
      sourceMime: 'video/mp4',
      sourceSizeBytes: FILE_SIZE_BYTES,
      createdVia: 'mobile',
    } as const;
    return { ownerId, videoId: (await createVideo(this.as(ownerId), input)).id };
  }

  /** A session for a new video, or for one that exists. */
  async opened(
    of?: { ownerId: string; videoId: string },
    sourceSizeBytes = FILE_SIZE_BYTES,
  ): Promise<OpenedUpload> {
    const { ownerId, videoId } = of ?? (await this.draft());
    const { upload } = await startUpload(this.as(ownerId), {
      videoId,
      sourceMime: 'video/mp4',
      sourceSizeBytes,
    });
    const { file_key: key, provider_upload_id: uploadId } = await this.row<{
      file_key: string;
      provider_upload_id: string;
    }>('upload_sessions', upload.id);
    return { ownerId, videoId, sessionId: upload.id, upload, key, uploadId };
  }

  /** Signs parts and PUTs them to storage by their URLs, as a phone does. Answers their ETags. */
  async sendParts({ ownerId, sessionId }: OpenedUpload, partNumbers: readonly number[]): Promise<string[]> {
    const signed = await signParts(this.as(ownerId), { sessionId, partNumbers });
    return Promise.all(
      signed.map(({ url, sizeBytes, partNumber }) => put(url, bytesOf(partNumber, sizeBytes ?? 0))),
    );
  }

  /** PUTs any bytes as a part, past what the platform would sign. */
  async smuggle({ key, uploadId }: OpenedUpload, partNumber: number, sizeBytes: number): Promise<string> {
    const { sources } = this.system().storage;
    const { url } = await sources.presignPart(key, uploadId, partNumber, { urlTtlSeconds: 60 });
    return put(url, randomBytes(sizeBytes));
  }

  /** A session whose parts all stand in storage; a small one, unless told otherwise. */
  async sent(of?: { ownerId: string; videoId: string }, sourceSizeBytes = 1000): Promise<OpenedUpload> {
    const opened = await this.opened(of, sourceSizeBytes);
    await this.sendParts(opened, sourceSizeBytes > 8 * MIB ? [1, 2] : [1]);
    return opened;
  }

  /** A video whose upload is complete: UPLOADED, its probe queued. */
  async uploaded(of?: { ownerId: string; videoId: string }): Promise<OpenedUpload> {
    const sent = await this.sent(of);
    await completeUpload(this.as(sent.ownerId), sent);
    return sent;
  }

  /** A video whose probe has run: TRANSCODING, its first attempt queued. */
  async probed(of?: { ownerId: string; videoId: string }): Promise<OpenedUpload> {
    const uploaded = await this.uploaded(of);
    await this.#runFor(uploaded.videoId, 'probe-source');
    return uploaded;
  }

  /** A video that plays. */
  async ready(of?: { ownerId: string; videoId: string }): Promise<OpenedUpload> {
    const probed = await this.probed(of);
    await runTask('transcode', this.system(), { jobId: (await this.openAttempt(probed.videoId)).id });
    return probed;
  }

  /** A video whose attempt is at work in this process until `finish` lets it end well. */
  async atWork(
    of?: Pick<OpenedUpload, 'videoId'>,
  ): Promise<{ videoId: string; jobId: string; finish(): Promise<void> }> {
    const { videoId } = of ?? (await this.probed());
    const { id: jobId } = await this.openAttempt(videoId);
    const go = Promise.withResolvers<void>();
    const before = this.transcoder.orders.length;
    this.transcoder.script.push(async (order) => {
      await go.promise;
      return this.transcoder.make(order);
    });
    const running = runAttempt(this.system(), { jobId }, new AbortController().signal);
    await waitFor('the order', async () => this.transcoder.orders.length > before);
    const finish = () => {
      go.resolve();
      return running;
    };
    return { videoId, jobId, finish };
  }

  /** Runs the queued job of one video only. */
  async #runFor(videoId: string, task: JobName): Promise<void> {
    for (const job of await this.queue(task, { videoId })) {
      await this.sql('delete from graphile_worker._private_jobs where id = ?', [job.id]);
      await runTask(task, this.system(), job.payload);
    }
  }

  /** Keys of the objects under a prefix. */
  async keys(bucket: 'sources' | 'media', prefix: string): Promise<string[]> {
    return (await Array.fromAsync(this.system().storage[bucket].list(prefix))).map((object) => object.key);
  }

  /** Back to what a test starts from. */
  reset(): void {
    this.#aheadMs = 0;
    this.tune(this.#real ?? {});
    for (const gates of Object.values(this.gates))
      for (const name of Object.keys(gates)) delete gates[name as GateName];
    this.inspector.reset();
    for (const transcoder of [this.transcoder, this.coconut, this.mediaconvert]) transcoder.reset();
    Object.assign(this.transcoders, { defaultName: 'ffmpeg', fallbackName: null } as const);
  }

  async close(): Promise<void> {
    await this.#platform?.close();
  }
}

export interface OpenedUpload {
  readonly ownerId: string;
  readonly videoId: string;
  readonly sessionId: string;
  readonly upload: UploadView;
  readonly key: string;
  readonly uploadId: string;
}

/** A stage that opens before the file's first test and closes after its last. */
export function useStage(
  settings: Partial<Settings> = {},
  env: Readonly<Record<string, string>> = {},
): Stage {
  const stage = new Stage(settings);
  beforeAll(() => stage.open(env));
  afterAll(() => stage.close());
  return stage;
}

/** Runs one job as the worker's task list does. */
export function runTask(
  task: JobName,
  context: Context,
  payload: Record<string, unknown>,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const run = TASKS[task] as (
    context: Context,
    payload: JobPayloads[JobName],
    signal: AbortSignal,
  ) => Promise<void>;
  return run(context, payload as JobPayloads[JobName], signal);
}
