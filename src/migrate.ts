/** Brings the database of this configuration to the schema of this code, says what it did, and ends. For a job before a release. */
import { loadConfigOrExit } from './config/read-environment.js';
import { migrate } from './database/migrator.js';

const { database } = loadConfigOrExit();
if (database.url === null) {
  console.error('DATABASE_URL is not set: the embedded PostgreSQL is migrated by the service that starts it.');
  process.exit(1);
}
try {
  const applied = await migrate(database.url.reveal());
  console.log(applied.length === 0 ? 'nothing to migrate' : `applied ${applied.join(', ')}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
