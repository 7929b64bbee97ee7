import { inject } from 'vitest';
import { createEmptyDatabase, type TestDatabase } from './empty-database.js';

/** A migrated database of the caller's own, on the run's server. Drop it in `afterAll`/`afterEach`. */
export const createTestDatabase = (): Promise<TestDatabase> => {
  const { url, template } = inject('testDatabaseServer');
  return createEmptyDatabase(url, template);
};
