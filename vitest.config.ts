import { defineConfig } from 'vitest/config';

/** Whole pipelines in which our own FFmpeg makes no rendition that a test looks at. */
const WITHOUT_OUR_FFMPEG = [
  'test/media/{coconut,mediaconvert,move,cost}/**/*.test.ts',
  'test/acceptance/killed-handover.test.ts',
] as const;

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'static', include: ['test/architecture.test.ts', 'test/static/**/*.test.ts'] } },
      {
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/architecture.test.ts',
            'test/static/**',
            'test/media/**',
            'test/acceptance/**',
            'test/conformance/**',
            'test/infra/**',
          ],
          globalSetup: 'test/support/global-setup.ts',
          // Generous: a busy machine is no reason to fail, and waits name what they wait for.
          testTimeout: 90_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'media',
          include: ['test/{media,acceptance}/**/*.test.ts'],
          exclude: [...WITHOUT_OUR_FFMPEG],
          globalSetup: 'test/support/global-setup.ts',
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
        },
      },
      {
        // Apart from media, which runs again with every other FFmpeg: here somebody else encodes, or nobody.
        test: {
          name: 'elsewhere',
          include: [...WITHOUT_OUR_FFMPEG],
          globalSetup: 'test/support/global-setup.ts',
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
        },
      },
      {
        // Whole stacks under mocks: no server, no cloud. Each file has a process of its own, as Pulumi's state is global.
        test: {
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Apart from media, which runs again with every other FFmpeg: no client knows of one.
        test: {
          name: 'clients',
          include: ['test/conformance/**/*.test.ts'],
          globalSetup: 'test/support/global-setup.ts',
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
