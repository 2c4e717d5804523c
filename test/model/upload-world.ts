import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomUUID } from 'node:crypto';
import type { Context } from '#domain/context.ts';
import { isDomainError } from '#domain/errors.ts';
import { reconcile } from '#domain/operations/reconcile.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { openSinglePut, type SinglePut, signSinglePut } from '#domain/upload/open-single-put.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { resumeUpload } from '#domain/upload/resume-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { startUpload } from '#domain/upload/start-upload.ts';
import { createVideo } from '#domain/video/create-video.ts';
import { deleteVideo } from '#domain/video/delete-video.ts';
import { runTask, type Stage } from '#test/domain/stage.ts';

/** Life of a URL under the policies `mobile` and `learning`. */
const URL_TTL_SECONDS = 3600;

/** Three parts, the last one short. */
export const PART_SIZE_BYTES = 16;
export const FILE_SIZE_BYTES = 40;
export const PART_COUNT = 3;
const FILE = Buffer.from('0123456789abcdefABCDEFGHIJKLMNOP!"#$%&()');
/** Jobs of uploads; what comes after an accepted source is another test's business. */
const UPLOAD_JOBS = ['complete-upload', 'check-session', 'clean-session', 'purge-video'] as const;

/** Where a process can die: before storage hears of it, or after it has done it and before anybody knows. */
export const CRASH_POINTS = [
  'listParts',
  'completeMultipart',
  'completeMultipartAfter',
  'head',
  'copyFrom',
  'copyFromAfter',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export type Operation =
  | { readonly do: 'sign' | 'pause' | 'resume' | 'cancel' | 'complete' | 'event' | 'sweep' | 'delete' }
  | { readonly do: 'put'; readonly partNumber: number; readonly how: 'whole' | 'short' }
  | { readonly do: 'crash'; readonly at: CrashPoint; readonly during: 'complete' | 'event' | 'sweep' }
  | { readonly do: 'pass'; readonly seconds: number };

/** What somebody was told, which nothing that happens later may take back. */
interface Promises {
  canceled: boolean;
  completed: boolean;
  deleted: boolean;
  /** Numbers of the parts that storage has said it has, whole. */
  readonly stored: Set<number>;
}

/** Lets a piece of work die at a call to storage: the call never returns, and nothing after it runs. */
export class Crashes {
  readonly #doomed = new AsyncLocalStorage<{ readonly at: CrashPoint; readonly die: () => void }>();

  constructor(stage: Stage) {
    for (const at of CRASH_POINTS)
      stage.gates.sources[at] = () => {
        const doomed = this.#doomed.getStore();
        if (doomed?.at !== at) return;
        doomed.die();
        return new Promise<void>(() => undefined);
      };
  }

  /** Resolves when the work has ended or died. */
  async during(at: CrashPoint, work: () => Promise<void>): Promise<void> {
    const died = Promise.withResolvers<void>();
    await Promise.race([died.promise, this.#doomed.run({ at, die: died.resolve }, work)]);
  }
}

/** One video with one upload, and whoever works on it. */
export class UploadWorld {
  readonly told: Promises = { canceled: false, completed: false, deleted: false, stored: new Set() };
  readonly #stage: Stage;
  readonly #crashes: Crashes;
  readonly #ownerId = randomUUID();
  readonly #urls = new Map<number, { readonly url: string; readonly diesAtSeconds: number }>();
  #ageSeconds = 0;
  #videoId = '';
  #sessionId = '';

  constructor(stage: Stage, crashes: Crashes) {
    this.#stage = stage;
    this.#crashes = crashes;
  }

  /** @param kind parts, or one PUT to a staging key */
  async open(kind: 'parts' | 'single'): Promise<void> {
    const context = this.#owner();
    if (kind === 'single') {
      this.#adopt(
        await openSinglePut(context, {
          title: 'Tour',
          fileName: 'tour.mp4',
          contentType: 'video/mp4',
          sizeBytes: FILE_SIZE_BYTES,
          createdVia: 'learning',
        }),
      );
      return;
    }
    const source = { sourceMime: 'video/mp4', sourceSizeBytes: FILE_SIZE_BYTES };
    this.#videoId = (await createVideo(context, { title: 'Tour', createdVia: 'mobile', ...source })).id;
    const { upload } = await startUpload(this.#owner(), { videoId: this.#videoId, ...source });
    this.#sessionId = upload.id;
    // No client can ask for parts as small as these, and bigger ones would only cost time.
    await this.#stage.sql('update upload_sessions set part_size_bytes = ? where id = ?', [
      PART_SIZE_BYTES,
      this.#sessionId,
    ]);
  }

  /** Does it as its actor would. Refusals are answers; anything else that is thrown is a fault. */
  async run(operation: Operation): Promise<void> {
    try {
      await this.#act(operation);
    } catch (error) {
      if (!isDomainError(error) && !isRefusalOfStorage(error)) throw error;
    }
  }

  async #act(operation: Operation): Promise<void> {
    const session = { sessionId: this.#sessionId };
    switch (operation.do) {
      case 'sign':
        return this.#sign();
      case 'put':
        return this.#put(operation.partNumber, operation.how);
      case 'pause':
        return void (await pauseUpload(this.#owner(), session));
      case 'resume':
        return void (await resumeUpload(this.#owner(), session));
      case 'cancel':
        await cancelUpload(this.#owner(), session);
        this.told.canceled = true;
        return;
      case 'complete': {
        const { outcome } = await completeUpload(this.#owner(), session);
        if (outcome === 'completed') this.told.completed = true;
        return;
      }
      case 'crash':
        return this.#crashes.during(operation.at, () => this.#act({ do: operation.during }));
      case 'event':
        return runTask('check-session', this.#stage.system(), session);
      case 'sweep':
        await reconcile(this.#stage.system());
        return this.#runJobs();
      case 'pass':
        return this.#pass(operation.seconds);
      case 'delete':
        await deleteVideo(this.#owner(), { videoId: this.#videoId });
        this.told.deleted = true;
    }
  }

  async #sign(): Promise<void> {
    const { provider } = await this.#session();
    if (provider === 'S3_PUT') {
      this.#adopt(await signSinglePut(this.#owner(), { sessionId: this.#sessionId }));
      return;
    }
    const partNumbers = Array.from({ length: PART_COUNT }, (_, index) => index + 1);
    const signed = await signParts(this.#owner(), { sessionId: this.#sessionId, partNumbers });
    for (const { partNumber, url } of signed) this.#remember(partNumber, url);
  }

  #adopt({ video, sessionId, signed }: SinglePut): void {
    this.#videoId = video.id;
    this.#sessionId = sessionId;
    this.#remember(1, signed.url);
  }

  #remember(partNumber: number, url: string): void {
    this.#urls.set(partNumber, { url, diesAtSeconds: this.#ageSeconds + URL_TTL_SECONDS });
  }

  /** A single PUT is the first part and the whole file. */
  async #put(partNumber: number, how: 'whole' | 'short'): Promise<void> {
    const { url, diesAtSeconds } = this.#urls.get(partNumber) ?? { url: '', diesAtSeconds: 0 };
    // Storage goes by the real clock, so a URL that has died in this world is not used here.
    if (this.#ageSeconds >= diesAtSeconds) return;
    const single = !url.includes('partNumber=');
    const start = single ? 0 : (partNumber - 1) * PART_SIZE_BYTES;
    const whole = FILE.subarray(start, single ? FILE.length : start + PART_SIZE_BYTES);
    const body = new Uint8Array(how === 'whole' ? whole : whole.subarray(1));
    const response = await fetch(url, {
      method: 'PUT',
      body,
      ...(single && { headers: { 'content-type': 'video/mp4' } }),
    });
    await response.arrayBuffer();
    if (!response.ok) return;
    // The length is signed, so a short one never gets here.
    for (const number of single ? [1, 2, 3] : [partNumber]) this.told.stored.add(number);
  }

  /** Time passes for everything that remembers a time. */
  async #pass(seconds: number): Promise<void> {
    this.#ageSeconds += seconds;
    const back = `interval '${seconds} seconds'`;
    await this.#stage.sql(
      `update upload_sessions set completing_until = completing_until - ${back}, expires_at = expires_at - ${back},
         next_check_at = next_check_at - ${back}, last_signed_at = last_signed_at - ${back},
         created_at = created_at - ${back}, updated_at = updated_at - ${back},
         stored_parts_at = stored_parts_at - ${back} where id = ?`,
      [this.#sessionId],
    );
    await this.#stage.sql(`update videos set deleted_at = deleted_at - ${back} where id = ?`, [
      this.#videoId,
    ]);
    await this.#stage.sql(
      `update graphile_worker._private_jobs set run_at = run_at - ${back}
       where payload ->> 'sessionId' = ? or payload ->> 'videoId' = ?`,
      [this.#sessionId, this.#videoId],
    );
  }

  async #runJobs(): Promise<void> {
    for (const task of UPLOAD_JOBS) await this.#stage.runJobs(task);
  }

  /** Whether the upload lives, and everything it needs is stored: then nobody has to do anything more. */
  async isWholeAndLive(): Promise<boolean> {
    const { status } = await this.#session();
    return ['IN_PROGRESS', 'PAUSED'].includes(status) && this.told.stored.size === PART_COUNT;
  }

  /** Lets everybody finish, and then time pass until nothing can change any more. */
  async settle(): Promise<void> {
    const day = 86_400;
    for (const seconds of [700, 400 * day, 3 * day]) {
      await this.#pass(seconds);
      await this.run({ do: 'sweep' });
    }
  }

  /** Everything that can be compared once nothing moves any more. */
  async ending(): Promise<Ending> {
    const session = await this.#session();
    const [video] = await this.#stage.sql<{ status: string; source_file_key: string | null }>(
      'select status, source_file_key from videos where id = ?',
      [this.#videoId],
    );
    const { sources } = this.#stage.system().storage;
    const objects = new Map<string, string>();
    for (const prefix of [`uploads/${this.#videoId}/`, `staging/${this.#videoId}/`])
      for await (const { key } of sources.list(prefix)) objects.set(key, await this.#hashOf(key));
    const open = await Array.fromAsync(sources.listMultiparts(`uploads/${this.#videoId}/`));
    const probes = await this.#stage.queue('probe-source', { videoId: this.#videoId });
    return {
      session: session.status,
      video: video?.status ?? null,
      sourceKey: video?.source_file_key ?? null,
      sourceHash: video?.source_file_key ? (objects.get(video.source_file_key) ?? null) : null,
      objects: [...objects.keys()],
      openMultiparts: open.length,
      probes: probes.length,
    };
  }

  async #hashOf(key: string): Promise<string> {
    const { body } = await this.#stage.system().storage.sources.get(key);
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk);
    return hash.digest('hex');
  }

  async #session(): Promise<{ status: string; provider: string }> {
    const [row] = await this.#stage.sql<{ status: string; provider: string }>(
      'select status, provider from upload_sessions where id = ?',
      [this.#sessionId],
    );
    return row ?? { status: 'GONE', provider: 'GONE' };
  }

  #owner(): Context {
    return this.#stage.as(this.#ownerId);
  }
}

export interface Ending {
  readonly session: string;
  readonly video: string | null;
  readonly sourceKey: string | null;
  readonly sourceHash: string | null;
  readonly objects: readonly string[];
  readonly openMultiparts: number;
  readonly probes: number;
}

export const FILE_HASH = createHash('sha256').update(FILE).digest('hex');

/** What storage may say while others cancel and delete beside us. */
function isRefusalOfStorage(error: unknown): boolean {
  return error instanceof Error && error.name === 'StorageError';
}
