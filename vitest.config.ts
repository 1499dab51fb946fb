import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Conditions have limits of their own; this is for what hangs without one.
    testTimeout: 90_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    retry: 0,
    // An .only left behind would silently switch off the rest.
    allowOnly: !process.env.CI,
  },
});
