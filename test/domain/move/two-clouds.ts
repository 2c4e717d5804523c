import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type EmbeddedS3, startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import type { Context } from '#domain/context.ts';
import { type MoveOptions, type MoveReport, moveLibrary } from '#domain/move/move-library.ts';
import { openMedia } from '#domain/playback/open-media.ts';
import type { StoragePlace } from '#domain/storages.ts';
import type { ObjectStore } from '#providers/storage/object-store.ts';
import { Stage } from '#test/domain/stage.ts';

const KEY = { id: 'other', secret: 'the-secret-of-the-other-cloud' };

/** A deployment with two storages, which are two servers with a key each. */
export class TwoClouds {
  readonly stage = new Stage();
  #server: EmbeddedS3 | undefined;
  #folder = '';

  async open(): Promise<void> {
    this.#folder = await mkdtemp(path.join(tmpdir(), 'sluice-clouds-'));
    this.#server = await startEmbeddedS3({
      dir: this.#folder,
      port: 0,
      keys: { [KEY.id]: KEY.secret },
      buckets: [],
    });
    await this.stage.open({ SECOND_STORAGE: JSON.stringify(this.secondStorage()) });
  }

  async close(): Promise<void> {
    await this.stage.close();
    await this.#server?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** As operators write it. */
  secondStorage(): Record<string, string> {
    return {
      S3_NAME: 'cloud-b',
      S3_ENDPOINT: this.#server?.url ?? '',
      S3_VENDOR: 'embedded',
      S3_REGION: 'eu-central-1',
      S3_ACCESS_KEY_ID: KEY.id,
      S3_SECRET_ACCESS_KEY: KEY.secret,
      S3_SOURCE_BUCKET: 'b-sources',
      S3_MEDIA_BUCKET: 'b-media',
    };
  }

  /** The environment of a process for which the two have changed places. */
  swapped(): Record<string, string> {
    const { S3_NAME: name = '', ...second } = this.secondStorage();
    const { env } = this.stage.platform;
    const first = Object.fromEntries(Object.keys(second).map((variable) => [variable, env[variable] ?? '']));
    return { ...second, S3_NAME: name, SECOND_STORAGE: JSON.stringify(first) };
  }

  /** The server of the second cloud, for a proxy before it. */
  get serverUrl(): string {
    return this.#server?.url ?? '';
  }

  get a(): StoragePlace {
    return this.stage.system().storages.own;
  }

  get b(): StoragePlace {
    const { second } = this.stage.system().storages;
    if (!second) throw new Error('There is one cloud only');
    return second;
  }

  /** Moves everything to the second cloud, or as told. */
  move(options: Partial<MoveOptions> = {}, context: Context = this.stage.system()): Promise<MoveReport> {
    return moveLibrary(context, {
      to: this.b.id,
      transfers: 4,
      verify: 'etag',
      keepOld: false,
      waits: false,
      signal: new AbortController().signal,
      ...options,
    });
  }

  /** A context in which the mover sees another bucket of a storage than there is. Nobody else does. */
  seeing(
    which: 'own' | 'second',
    bucket: 'sources' | 'media',
    change: (real: ObjectStore) => Partial<ObjectStore>,
  ): Context {
    const context = this.stage.system();
    const place = which === 'own' ? this.a : this.b;
    const changed = { ...place, [bucket]: { ...place[bucket], ...change(place[bucket]) } };
    return { ...context, storages: { ...context.storages, [which]: changed } };
  }

  /** Everything of a video in a storage: text and headers by key. */
  async contents(place: StoragePlace, videoId: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const [store, prefix] of [
      [place.sources, `uploads/${videoId}/`],
      [place.media, `videos/${videoId}/`],
    ] as const)
      for await (const { key } of store.list(prefix)) {
        const { body, object } = await store.get(key);
        found.set(key, `${object.contentType} ${object.cacheControl ?? '-'} ${await text(body)}`);
      }
    return found;
  }

  async storageOf(videoId: string): Promise<string | null> {
    return (await this.stage.row<{ storage: string | null }>('videos', videoId)).storage;
  }

  /** Fetches every published object of a video again and again, as players do. `stop` says how often, and fails if one was missing. */
  watch(
    videoIds: readonly string[],
    keys: ReadonlyMap<string, readonly string[]>,
  ): { stop(): Promise<number> } {
    let isOver = false;
    let rounds = 0;
    const lane = async (videoId: string) => {
      while (!isOver) {
        for (const key of keys.get(videoId) ?? []) {
          const { body } = await openMedia(this.stage.system(), { key, headOnly: false });
          if (body) await text(body);
        }
        rounds += 1;
      }
    };
    const watching = Promise.all(videoIds.map(lane));
    watching.catch(() => undefined);
    return {
      async stop() {
        isOver = true;
        await watching;
        return rounds;
      },
    };
  }
}

/** Opened before a file's first test, closed after its last; videos of one test are none of the next one's. */
export function useTwoClouds(): TwoClouds {
  const clouds = new TwoClouds();
  beforeAll(() => clouds.open());
  afterEach(async () => {
    clouds.stage.reset();
    await clouds.stage.sql('update videos set deleted_at = now() where deleted_at is null');
    await clouds.stage.sql('delete from videos');
    await clouds.stage.sql('delete from video_moves');
    await clouds.stage.sql('delete from moved_objects');
    await clouds.stage.sql('delete from running_processes');
  });
  afterAll(() => clouds.close());
  return clouds;
}
