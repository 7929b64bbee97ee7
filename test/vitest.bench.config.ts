import { defineConfig } from 'vitest/config';

/** `npm run bench`: figures that need the machine to themselves, one file after the other, apart from `npm test`. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['test/bench/**/*.bench.ts'],
    globalSetup: ['test/support/database-server.global.ts'],
    setupFiles: ['test/support/each-file.setup.ts'],
    maxWorkers: 1,
  },
});
