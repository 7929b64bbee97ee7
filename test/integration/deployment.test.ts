import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDeployment } from '../../src/secrets/deployment.js';
import { createDatabase, createPool, type Database } from '../../src/database/pool.js';
import { systemClock } from '../../src/time/clock.js';
import { systemRandom } from '../../src/time/ids.js';
import type { TestDatabase } from '../support/empty-database.js';
import { createTestDatabase } from '../support/test-database.js';

const GIVEN = 'the secret that an operator gave to us';

describe('the deployment', () => {
  let testDatabase: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    testDatabase = await createTestDatabase();
    database = createDatabase(createPool({ url: testDatabase.url, maxConnections: 4, onIdleError: () => undefined }));
  });

  afterEach(async () => {
    await database.destroy();
    await testDatabase.drop();
  });

  const open = (secret: string | null) => openDeployment(database, secret, systemClock, systemRandom);

  it('is made once, also by replicas that start together, and stays', async () => {
    const all = await Promise.all([open(null), open(null), open(null), open(null)]);
    expect(new Set(all.map(({ deploymentId, secret }) => `${deploymentId} ${secret}`)).size).toBe(1);
    expect(all[0].deploymentId).toMatch(/^[a-z0-9]{8}$/);
    expect(all[0].secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await open(null)).toEqual(all[0]);
  });

  it('keeps of a given secret only a fingerprint', async () => {
    expect((await open(GIVEN)).secret).toBe(GIVEN);
    expect(JSON.stringify(await database.selectFrom('deployment').selectAll().execute())).not.toContain(GIVEN);
  });

  it('refuses a database that was made with another secret, or with one when none is set', async () => {
    await open(GIVEN);
    await expect(open(`${GIVEN}!`)).rejects.toThrow(/not the secret that this database was made with/);
    await expect(open(null)).rejects.toThrow(/DEPLOYMENT_SECRET is not set/);
    expect((await open(GIVEN)).secret).toBe(GIVEN);
  });

  it('refuses a secret that comes after one was made, unless it is that one', async () => {
    const { secret } = await open(null);
    await expect(open(GIVEN)).rejects.toThrow(/or remove the variable/);
    expect((await open(secret)).secret).toBe(secret);
  });
});
