import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/database-server.global.ts', 'test/support/generated-client.global.ts'],
    setupFiles: ['test/support/each-file.setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // most of the suite waits for something: a third file makes use of two cores while the others do
    maxWorkers: 3,
  },
});
