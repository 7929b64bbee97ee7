import { defineConfig } from 'vitest/config';
import { TEST_LIMITS } from './support/eventually.js';

/** `npm run prove:…`: proofs that take minutes, one file after the other, apart from `npm test`. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    ...TEST_LIMITS,
    include: ['test/proofs/**/*.proof.ts'],
    globalSetup: ['test/support/database-server.global.ts'],
    setupFiles: ['test/support/each-file.setup.ts'],
    maxWorkers: 1,
  },
});
