import { defineConfig } from 'vitest/config';

/** What keeps nothing outside of its tests, neither servers nor files. */
const SHARING = ['test/unit/**/*.test.ts', 'test/emulator/**/*.test.ts'];
const APART = [
  // It replaces a module for its whole process.
  'test/unit/webhooks/public-lookup.test.ts',
  // Their keys go with the directory of the run, which the global setup makes.
  'test/unit/codec.test.ts',
  'test/unit/crypto/*.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // Conditions have limits of their own; this is for what hangs without one.
    testTimeout: 90_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    retry: 0,
    // An .only left behind would silently switch off the rest.
    allowOnly: !process.env.CI,
    projects: [
      {
        // One after another in the same processes, which import everything once.
        extends: true,
        test: { name: 'sharing', include: SHARING, exclude: APART, isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: [...APART, 'test/!(unit|emulator)/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
