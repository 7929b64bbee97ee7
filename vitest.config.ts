import { defineConfig } from 'vitest/config';
import { TEST_LIMITS } from './test/support/eventually.js';

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    ...TEST_LIMITS,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/database-server.global.ts', 'test/support/generated-client.global.ts'],
    setupFiles: ['test/support/each-file.setup.ts'],
    // most of the suite waits for something: a third file makes use of two cores while the others do
    maxWorkers: 3,
  },
});
