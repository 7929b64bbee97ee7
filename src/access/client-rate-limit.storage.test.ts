import { afterAll, describe, expect, it } from 'vitest';
import type { RateLimitConfig } from '../config/config.js';
import { createDatabase, createPool } from '../database/pool.js';
import { ClientRateLimitStorage } from './client-rate-limit.storage.js';

const limits: RateLimitConfig = { windowMs: 60_000, maxRequests: 3 };

const pool = createPool({ url: 'postgres://nobody@127.0.0.1:1/none', maxConnections: 1, onIdleError: () => undefined });
const away = createDatabase(pool);
afterAll(() => away.destroy());

describe.each([
  ['whose database is away', away],
  ['without a database', null],
])('a replica %s', (_, database) => {
  it('counts each client by itself, and refuses those who are over the limit', async () => {
    const storage = new ClientRateLimitStorage(limits, database);
    const ask = async (client: string) => storage.increment(client, limits.windowMs, limits.maxRequests);
    for (const totalHits of [1, 2, 3]) {
      expect(await ask('one')).toEqual({ totalHits, timeToExpire: 60, isBlocked: false, timeToBlockExpire: 0 });
    }
    expect(await ask('one')).toEqual({ totalHits: 4, timeToExpire: 60, isBlocked: true, timeToBlockExpire: 60 });
    expect(await ask('another')).toMatchObject({ totalHits: 1, isBlocked: false });
  });
});
