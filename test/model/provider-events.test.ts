import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useStage } from '#test/domain/stage.ts';
import { clearPipeline } from '#test/domain/transcode/handed-over.ts';
import { type Fate, type Operation, ProviderWorld } from './provider-world.ts';

/** Each run is a few videos at one provider, a story of up to thirty steps of up to three operations at once. */
const RUNS = 12;
const VIDEOS = 3;
const SEED = 20_261_121;

const stage = useStage();

const plain = <D extends Extract<Operation, { do: string }>['do']>(...names: D[]) =>
  fc.constantFrom(...names).map((name) => ({ do: name }) as unknown as Operation);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'submit' as const,
        'submit' as const,
        'apply' as const,
        'reconcile' as const,
        'watch' as const,
      ),
      dieAt: fc.constantFrom(null, null, null, 'submit' as const, 'status' as const, 'find' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'progress' as const,
        'finish' as const,
        'fail' as const,
        'fail' as const,
        'spoil' as const,
        'cancel' as const,
        'forget' as const,
      ),
      video: fc.nat(VIDEOS - 1),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('notify' as const),
      nth: fc.nat(8),
      kind: fc.constantFrom('progress' as const, 'ended' as const),
      again: fc.boolean(),
    }),
  },
  { weight: 8, arbitrary: plain('minute') },
  { weight: 2, arbitrary: plain('away', 'throttle', 'back', 'back') },
  { weight: 3, arbitrary: plain('loseAnswer', 'storageAway', 'storageBack', 'storageBack', 'leasesRunOut') },
  {
    weight: 4,
    arbitrary: fc.constantFrom(10, 65, 400, 3600).map((seconds): Operation => ({ do: 'pass', seconds })),
  },
);

const fate = fc.constantFrom<Fate>('finish', 'finish', 'finish', 'fail', 'forget');

const story = fc.record({
  fates: fc.array(fate, { minLength: VIDEOS, maxLength: VIDEOS }),
  provider: fc.constantFrom('coconut' as const, 'mediaconvert' as const),
  steps: fc.array(fc.array(operation, { minLength: 1, maxLength: 3 }), {
    minLength: 4,
    maxLength: 16,
    size: 'max',
  }),
});

test('whatever a provider does, tells or keeps to itself, each video ends once, and as it really ended there', async () => {
  const endings = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(story, async ({ provider, steps, fates }) => {
      const world = new ProviderWorld(stage, provider);
      await world.open(VIDEOS);
      for (const step of steps) await Promise.all(step.map((each) => world.run(each)));
      await world.settle(fates);
      for (const ending of await world.judge()) endings.set(ending, (endings.get(ending) ?? 0) + 1);
      await clearPipeline(stage);
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
  // The stories reach what they are about.
  const reached = [...endings.keys()].join();
  for (const part of ['READY after 1', 'READY after 2', 'FAILED after 2', 'FAILED after 3'])
    expect(reached).toContain(part);
}, 300_000);
