import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { TEST_LIMITS } from './test/support/eventually.js';

/** The files that take longest begin first: the last to begin decides when the run ends. */
const LONGEST = [
  'restored-database',
  'every-switch',
  'no-upstream-secret',
  'embedded-server',
  'traces',
  'restart-evidence',
  'damaged-rows',
  'scripts',
  'stalled-log',
  'jobs',
  'sandbox',
  'machine-troubles',
  'store-contract',
  'placement',
  'fleet-of-200',
  'npm-start',
  'shell-of-another-database',
  'suspected-machines',
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

const ALONE = 'src/**/*.alone.test.ts';

/** Tests of pure code. They share what a worker has loaded, which is most of their time. */
const UNITS: TestProjectInlineConfiguration = {
  extends: true,
  test: { name: 'units', include: ['src/**/*.test.ts'], exclude: [ALONE], isolate: false },
};
/** Tests with a database, a service or processes, and tests that change their process. Each file has a process of its own. */
const WHOLES: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'wholes',
    include: ['test/**/*.test.ts', ALONE],
    globalSetup: ['test/support/database-server.global.ts', 'test/support/generated-client.global.ts'],
  },
};

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    ...TEST_LIMITS,
    projects: [UNITS, WHOLES],
    setupFiles: ['test/support/each-file.setup.ts'],
    sequence: { sequencer: LongestFirst },
    // most of the suite waits for something: six files at once keep two cores busy
    maxWorkers: 6,
  },
});
