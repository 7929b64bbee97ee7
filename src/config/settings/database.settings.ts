import { folder, postgresUrl, wholeNumber } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

export const DATABASE_SETTINGS: SettingGroup = {
  title: 'The database',
  settings: [
    {
      name: 'DATABASE_URL',
      goesTo: 'database.url',
      doc: 'The PostgreSQL (15 or newer) that stores everything. Without this setting the service runs a private PostgreSQL in DATA_DIR. Variables such as PGHOST, PGSSLMODE and PGOPTIONS are not read: put everything into the URL, for example ?sslmode=verify-full. PgBouncer must be in session mode, and must accept the startup parameters "options" and the timeouts.',
      optional: true,
      secret: true,
      ...postgresUrl,
    },
    {
      name: 'DATA_DIR',
      goesTo: 'database.dataDir',
      doc: 'The directory of the private PostgreSQL. Not used when DATABASE_URL is set.',
      default: './data',
      ...folder,
    },
    {
      name: 'DATABASE_MAX_CONNECTIONS',
      goesTo: 'database.maxConnections',
      doc: 'The most connections that this replica opens. Its job queue opens four more, and one more listens for events while a request waits for one or a webhook endpoint is enabled.',
      default: '10',
      ...wholeNumber(2, 500),
    },
  ],
};
