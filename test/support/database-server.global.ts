/**
 * One PostgreSQL server for the whole run: that of TEST_DATABASE_URL (whose user must be allowed to create databases), or an embedded one in
 * a temporary directory. It has one migrated database, of which each test gets a copy.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PgBoss } from 'pg-boss';
import type { TestProject } from 'vitest/node';
import { removePostgresVariables } from '../../src/config/postgres-variables.js';
import { EmbeddedServer } from '../../src/database/embedded-server.js';
import { migrate } from '../../src/database/migrator.js';
import { createEmptyDatabase } from './empty-database.js';

declare module 'vitest' {
  export interface ProvidedContext {
    testDatabaseServer: { url: string; template: string };
  }
}

interface TestServer {
  url: string;
  stop(): Promise<void>;
}

const startEmbedded = async (): Promise<TestServer> => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'novitai-test-'));
  const server = await EmbeddedServer.start({
    dataDir,
    maxConnections: 200,
    // the data of a test need not survive a crash of the machine
    settings: { fsync: 'off', full_page_writes: 'off' },
  });
  // an aborted run is not torn down
  process.once('exit', () => server.stopAtExit());
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

/** Adds the schema of the job library, so that services do not have to make it in each copy. */
const installJobLibrary = async (url: string): Promise<void> => {
  const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false, registerInstance: false });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.stop({ graceful: false });
};

const useGiven = (url: string): TestServer => ({ url, stop: () => Promise.resolve() });

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  removePostgresVariables(process.env);
  const given = process.env['TEST_DATABASE_URL'];
  const server = given ? useGiven(given) : await startEmbedded();
  const template = await createEmptyDatabase(server.url);
  await migrate(template.url);
  await installJobLibrary(template.url);
  project.provide('testDatabaseServer', { url: server.url, template: template.name });
  return async () => {
    await template.drop();
    await server.stop();
  };
}
