/** Migrates the database of this configuration, prints what was applied, and exits. For a job before a release. */
import { loadConfigOrExit } from './config/read-environment.js';
import { migrate } from './database/migrator.js';

const { database } = loadConfigOrExit();
if (database.url === null) {
  console.error(
    'DATABASE_URL is not set. Nothing was migrated: the service migrates its embedded PostgreSQL when it starts.',
  );
  process.exit(1);
}
try {
  const applied = await migrate(database.url.reveal());
  console.log(applied.length === 0 ? 'nothing to migrate' : `applied ${applied.join(', ')}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
