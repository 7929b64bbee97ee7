import { folder, postgresUrl, wholeNumber } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

export const DATABASE_SETTINGS: SettingGroup = {
  title: 'The database',
  settings: [
    {
      name: 'DATABASE_URL',
      goesTo: 'database.url',
      doc: 'The PostgreSQL (15 or newer) to keep everything in. Without it the service runs a private one in DATA_DIR. PGHOST, PGSSLMODE, PGOPTIONS and their like are not read: the URL says everything, also ?sslmode=verify-full. Behind PgBouncer: session mode, which lets the parameter "options" and the time limits of a start through.',
      optional: true,
      secret: true,
      ...postgresUrl,
    },
    {
      name: 'DATA_DIR',
      goesTo: 'database.dataDir',
      doc: 'The directory of the private PostgreSQL. Unused when DATABASE_URL is set.',
      default: './data',
      ...folder,
    },
    {
      name: 'DATABASE_MAX_CONNECTIONS',
      goesTo: 'database.maxConnections',
      doc: 'How many connections this replica opens at most, besides four for its job queue.',
      default: '10',
      ...wholeNumber(2, 500),
    },
  ],
};
