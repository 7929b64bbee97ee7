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

  const open = (secret: string | null, previous: string | null = null) =>
    openDeployment(database, secret, previous, systemClock, systemRandom);

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
    await expect(open(`${GIVEN}!`)).rejects.toThrow(/not the secret of this database/);
    await expect(open(null)).rejects.toThrow(/DEPLOYMENT_SECRET is not set/);
    expect((await open(GIVEN)).secret).toBe(GIVEN);
  });

  it('changes to another secret by a start that knows both, and is then of that one', async () => {
    const { deploymentId } = await open(GIVEN);
    const next = `${GIVEN}!`;
    // all replicas learn of the next secret before the first one uses it
    expect(await open(GIVEN, next)).toMatchObject({ deploymentId, secret: GIVEN, otherSecret: next });
    const all = await Promise.all([open(next, GIVEN), open(next, GIVEN)]);
    for (const one of all) expect(one).toMatchObject({ deploymentId, secret: next, otherSecret: GIVEN });
    // a replica that is not there yet, and one that is
    expect(await open(GIVEN, next)).toMatchObject({ secret: GIVEN });
    expect(await open(next, GIVEN)).toMatchObject({ secret: next });
    expect(await open(next)).toMatchObject({ deploymentId, secret: next, otherSecret: null });
    await expect(open(GIVEN)).rejects.toThrow(/not the secret of this database/);
  });

  it('changes from the secret that it made itself, and forgets it', async () => {
    const { secret } = await open(null);
    await expect(open(null, secret)).resolves.toMatchObject({ secret });
    expect(await open(GIVEN, secret)).toMatchObject({ secret: GIVEN, otherSecret: secret });
    expect(JSON.stringify(await database.selectFrom('deployment').selectAll().execute())).not.toContain(secret);
    await expect(open(null, secret)).rejects.toThrow(/DEPLOYMENT_SECRET is not set/);
  });

  it('is not changed by a previous secret that is not its own', async () => {
    await open(GIVEN);
    await expect(open(`${GIVEN}!`, `${GIVEN}?`)).rejects.toThrow(/not the secret of this database/);
    expect((await open(GIVEN)).secret).toBe(GIVEN);
  });

  it('refuses a secret that comes after one was made, unless it is that one', async () => {
    const { secret } = await open(null);
    await expect(open(GIVEN)).rejects.toThrow(/or remove the variable/);
    expect((await open(secret)).secret).toBe(secret);
  });
});
