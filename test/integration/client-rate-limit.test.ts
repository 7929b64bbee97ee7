import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ClientRateLimitStorage } from '../../src/access/client-rate-limit.storage.js';
import { createDatabase, createPool } from '../../src/database/pool.js';
import type { TestDatabase } from '../support/empty-database.js';
import { createTestDatabase } from '../support/test-database.js';

const limits = { windowMs: 600_000, maxRequests: 3 };

let database: TestDatabase;
let admin: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

it('a window that began while a replica’s clock was an hour ahead does not hold a client off for that hour', async () => {
  const pool = createPool({ url: database.url, maxConnections: 1, onIdleError: () => undefined });
  const shared = createDatabase(pool);
  try {
    const [one, two] = [limits, limits].map((of) => new ClientRateLimitStorage(of, shared));
    const ask = async (storage: ClientRateLimitStorage | undefined) =>
      (await storage?.increment('client', limits.windowMs, limits.maxRequests))?.isBlocked;
    for (const isBlocked of [false, false, false, true]) expect(await ask(one)).toBe(isBlocked);
    expect(await ask(two)).toBe(true);
    const { rowCount } = await admin.query('UPDATE rate_limits SET expire = expire + 3600000');
    expect(rowCount).toBe(1);
    // a replica that has refused no client yet: only its own count is left
    const fresh = new ClientRateLimitStorage(limits, shared);
    expect(await ask(fresh)).toBe(false);
    const late = await admin.query('SELECT FROM rate_limits WHERE expire > extract(epoch FROM now()) * 1000 + $1', [
      limits.windowMs,
    ]);
    expect(late.rowCount).toBe(0);
    expect(await ask(fresh)).toBe(false);
  } finally {
    await shared.destroy();
  }
});
