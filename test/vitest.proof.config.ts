import { defineConfig } from 'vitest/config';

/** `npm run prove:…`: proofs that take minutes, one file after the other, apart from `npm test`. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['test/proofs/**/*.proof.ts'],
    globalSetup: ['test/support/database-server.global.ts'],
    setupFiles: ['test/support/each-file.setup.ts'],
    maxWorkers: 1,
    // a service that leaves serves open connections for seconds, and finishes its jobs
    hookTimeout: 60_000,
  },
});
