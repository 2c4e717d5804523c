import { createApi } from '#api/app.ts';
import { createTestPlatform, type TestPlatform, userActor } from '#test/support/platform.ts';
import { type Attempt, attemptsOf, untilEncoding } from './attempts.ts';
import { longClip } from './long-clip.ts';
import { type Owner, ownerOf } from './owner.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

/** A database, two buckets and the API, whose workers are processes of their own that a test may kill. */
export interface Deployment extends AsyncDisposable {
  readonly platform: TestPlatform;
  readonly databaseUrl: string;
  readonly owner: Owner;
  startWorker(): Promise<WorkerProcess>;
  /** Uploads the long clip and resolves when its first attempt has frames. */
  uploadAndEncode(): Promise<{ videoId: string; attempt: Attempt }>;
  attempts(videoId: string): Promise<Attempt[]>;
  /** What storage holds under a prefix: entity tags and times by key. */
  objects(prefix: string): Promise<Record<string, string>>;
}

/** Makes a deployment; its workers end with it. */
export async function openDeployment(env: Readonly<Record<string, string>> = {}): Promise<Deployment> {
  const platform = await createTestPlatform({ env });
  const app = createApi(platform);
  const { ownerId } = userActor();
  const token = await platform.token(ownerId);
  const databaseUrl = platform.env.DATABASE_URL ?? '';
  const owner = ownerOf(async (path, init) => app.request(path, init), token);
  const workers: WorkerProcess[] = [];
  return {
    platform,
    databaseUrl,
    owner,
    async startWorker() {
      const worker = await startWorkerProcess(platform.env);
      workers.push(worker);
      return worker;
    },
    async uploadAndEncode() {
      const videoId = await owner.upload(await longClip());
      return { videoId, attempt: await untilEncoding(databaseUrl, videoId) };
    },
    attempts: (videoId) => attemptsOf(databaseUrl, videoId),
    async objects(prefix) {
      const { media } = platform.context({ kind: 'system' }).storage;
      const found: Record<string, string> = {};
      for await (const { key, etag, lastModified } of media.list(prefix))
        found[key] = `${etag} ${lastModified.toISOString()}`;
      return found;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
      await platform.close();
    },
  };
}
