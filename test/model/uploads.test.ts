import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedS3, startEmbeddedS3 } from '#bootstrap/embedded/s3/server.ts';
import { Stage } from '#test/domain/stage.ts';
import { CRASH_POINTS, Crashes, FILE_HASH, type Operation, PART_COUNT, UploadWorld } from './upload-world.ts';

/** Each run is up to eight uploads at the same time, each a story of up to fourteen steps of up to three operations. */
const RUNS = 40;
const AT_ONCE = 8;
const SEED = 20_261_121;
const TTL_SECONDS = 8 * 86_400;

const stage = new Stage();
let s3: EmbeddedS3;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-model-'));
  s3 = await startEmbeddedS3({
    dir: folder,
    port: 0,
    keys: { model: 'secret' },
    buckets: [],
    minPartSizeBytes: 1,
  });
  await stage.open({ S3_ENDPOINT: s3.url, S3_ACCESS_KEY_ID: 'model', S3_SECRET_ACCESS_KEY: 'secret' });
});

afterAll(async () => {
  await stage.close();
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});

const simple = (
  ...names: ('sign' | 'pause' | 'resume' | 'cancel' | 'complete' | 'event' | 'sweep' | 'delete')[]
) => fc.constantFrom(...names).map((name): Operation => ({ do: name }));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: simple('sign') },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      partNumber: fc.integer({ min: 1, max: PART_COUNT }),
      how: fc.oneof({ weight: 9, arbitrary: fc.constant('whole' as const) }, fc.constant('short' as const)),
    }),
  },
  { weight: 4, arbitrary: simple('complete', 'event', 'sweep') },
  { weight: 2, arbitrary: simple('pause', 'resume') },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      at: fc.constantFrom(...CRASH_POINTS),
      during: fc.constantFrom('complete' as const, 'event' as const, 'sweep' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(10, 130, 700, TTL_SECONDS)
      .map((seconds): Operation => ({ do: 'pass', seconds })),
  },
  { weight: 1, arbitrary: simple('cancel', 'delete') },
);

/** A story at its end. */
interface Lived {
  readonly world: UploadWorld;
  /** Everything was stored while the upload lived, so nobody had to do anything more. */
  readonly mustComplete: boolean;
}

interface Story {
  readonly kind: 'parts' | 'single';
  readonly steps: readonly (readonly Operation[])[];
}

const story: fc.Arbitrary<Story> = fc.record({
  kind: fc.constantFrom('parts' as const, 'parts' as const, 'single' as const),
  steps: fc.array(fc.array(operation, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 14 }),
});

test('whatever happens to uploads, in any order and at once, storage and database agree in the end', async () => {
  const crashes = new Crashes(stage);
  const endings = new Map<string, number>();
  const live = async ({ kind, steps }: Story): Promise<Lived> => {
    const world = new UploadWorld(stage, crashes);
    await world.open(kind);
    await world.run({ do: 'sign' });
    for (const step of steps) {
      // Years may pass between two calls, never within one.
      await Promise.all(step.filter((each) => each.do !== 'pass').map((each) => world.run(each)));
      for (const each of step) if (each.do === 'pass') await world.run(each);
    }
    const mustComplete = await world.isWholeAndLive();
    await world.settle();
    return { world, mustComplete };
  };
  await fc.assert(
    fc.asyncProperty(fc.array(story, { minLength: 1, maxLength: AT_ONCE, size: 'max' }), async (stories) => {
      // All of them to their end, so that none goes on while a smaller counterexample is looked for.
      const ends = await Promise.allSettled(stories.map(live));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
      const lived = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      // A job that another story's worker took ends only now, and may have put off something.
      for (const { world } of lived) await world.settle();
      for (const end of lived) {
        const ending = await judge(end);
        endings.set(ending, (endings.get(ending) ?? 0) + 1);
      }
      await stage.sql('delete from graphile_worker._private_jobs');
    }),
    // A smaller counterexample is worth its minutes by hand only: take this line out, and give the path that was printed.
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
  // Stories that all end alike would prove nothing.
  for (const ending of ['COMPLETED', 'CANCELED', 'FAILED', 'GONE'])
    expect(endings.get(ending) ?? 0, ending).toBeGreaterThan(5);
}, 240_000);

/** Throws where what was promised, what the database says and what storage holds are not the same. */
async function judge({ world, mustComplete }: Lived): Promise<string> {
  const { told } = world;
  const end = await world.ending();
  expect(end.openMultiparts, 'open multipart uploads').toBe(0);
  if (told.deleted) {
    expect(end, 'a deleted video').toMatchObject({ session: 'GONE', video: null, objects: [] });
    return 'GONE';
  }
  expect(told.canceled && told.completed, 'told that it is canceled and that it is completed').toBe(false);
  if (told.canceled) expect(end.session, 'after a cancel that was answered').toBe('CANCELED');
  if (told.completed || mustComplete) expect(end.session, 'after all was stored').toBe('COMPLETED');
  if (end.session === 'COMPLETED') {
    expect(end.video).toBe('UPLOADED');
    expect(end.sourceHash, 'bytes of the source').toBe(FILE_HASH);
    expect(end.objects, 'objects of the video').toEqual([end.sourceKey]);
    expect(end.probes, 'jobs that look at the source').toBe(1);
    return 'COMPLETED';
  }
  expect(['CANCELED', 'FAILED']).toContain(end.session);
  expect(end, 'an upload without success').toMatchObject({ video: 'FAILED', objects: [], probes: 0 });
  return end.session;
}
