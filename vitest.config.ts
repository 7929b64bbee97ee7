import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { TEST_LIMITS } from './test/support/eventually.js';

/** The files that take longest begin first: the last to begin decides when the run ends. */
const LONGEST = [
  'damaged-rows',
  'embedded-server',
  'restored-database',
  'no-upstream-secret',
  'every-switch',
  'jobs',
  'restart-evidence',
  'scripts',
  'stalled-log',
  'sandbox',
  'machine-troubles',
  'fleet-of-200',
  'placement',
  'compose-faults',
];

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at === -1 ? LONGEST.length : at;
    };
    return Promise.resolve([...files].sort((a, b) => place(a) - place(b)));
  }
}

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    ...TEST_LIMITS,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/database-server.global.ts', 'test/support/generated-client.global.ts'],
    setupFiles: ['test/support/each-file.setup.ts'],
    sequence: { sequencer: LongestFirst },
    // most of the suite waits for something: six files at once keep two cores busy
    maxWorkers: 6,
  },
});
