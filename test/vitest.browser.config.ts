import { defineConfig } from 'vitest/config';
import { TEST_LIMITS } from './support/eventually.js';

/** `npm run test:browser`: the built service in a real browser. Apart from `npm test`, which needs nothing on the machine. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    ...TEST_LIMITS,
    include: ['test/browser/**/*.browser.ts'],
    globalSetup: ['test/support/database-server.global.ts'],
    maxWorkers: 1,
  },
});
