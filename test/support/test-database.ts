import { inject } from 'vitest';
import { createEmptyDatabase, type TestDatabase } from './empty-database.js';

/** A new migrated database on the server of the run. Drop it in `afterAll`/`afterEach`. */
export const createTestDatabase = (): Promise<TestDatabase> => {
  const { url, template } = inject('testDatabaseServer');
  return createEmptyDatabase(url, template);
};
