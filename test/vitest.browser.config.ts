import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: the built service in a real browser. Apart from `npm test`, which needs nothing on the machine. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/browser/**/*.browser.ts'],
    globalSetup: ['test/support/database-server.global.ts'],
    testTimeout: 120_000,
    hookTimeout: 90_000,
    maxWorkers: 1,
  },
});
