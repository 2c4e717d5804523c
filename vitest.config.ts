import { defineConfig } from 'vitest/config';

/** Whole deployments of which every FFmpeg proves the same: killed processes, other transcoders, a library that moves. */
const DEPLOYMENTS = [
  'test/acceptance/**/*.test.ts',
  'test/media/{coconut,mediaconvert,move,cost}/**/*.test.ts',
];

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
          include: ['test/media/**/*.test.ts'],
          exclude: DEPLOYMENTS,
          globalSetup: 'test/support/global-setup.ts',
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
        },
      },
      {
        // Apart from media, which runs again with every other FFmpeg.
        test: {
          name: 'deployments',
          include: DEPLOYMENTS,
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
