/** Who may do what before there is an API key, by the address that the service listens on. Here it really listens on loopback only. */
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeKey } from '../../src/access/api-key.js';
import { Secret } from '../../src/config/config.js';
import { StartupRefusedError } from '../../src/database/startup-refused.error.js';
import { ApiClient } from '../support/api-client.js';
import { startService } from '../support/service-in-process.js';
import { createTestDatabase } from '../support/test-database.js';

const { key: FIRST } = writeKey('key_01JGFJJZ00N5MQ2YS3B3X8T1RV', Buffer.alloc(32, 1));
const { key: OTHER } = writeKey('key_01JGFJJZ00N5MQ2YS3B3X8T1RW', Buffer.alloc(32, 2));
const ELSEWHERE = '0.0.0.0';

describe('on an address that others reach', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const running: { close(): Promise<void> }[] = [];
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
    await database.drop();
  });

  const start = async (host: string, firstKey: string | null = null): Promise<ApiClient> => {
    const { app, port } = await startService(database.url, {
      server: { host },
      access: { firstKey: firstKey === null ? null : new Secret(firstKey) },
      jobs: { maxConcurrent: 1 },
      database: { maxConnections: 2 },
    });
    running.push(app);
    return new ApiClient(`http://127.0.0.1:${port}`);
  };
  const statusWith = async (api: ApiClient, key?: string): Promise<number> =>
    (await api.request('GET', '/api/instances', undefined, key ? { authorization: `Bearer ${key}` } : {})).status;
  const query = async (text: string): Promise<unknown[]> => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(text);
    await client.end();
    return rows as unknown[];
  };

  it('does not start without a key, nor with a text that is none, and says what makes one', async () => {
    await expect(start(ELSEWHERE)).rejects.toThrow(StartupRefusedError);
    await expect(start(ELSEWHERE)).rejects.toThrow('npm run keys -- create --name admin');
    const mistyped = FIRST.replace('_01JG', '_01JH');
    await expect(start(ELSEWHERE, mistyped)).rejects.toThrow(/^FIRST_API_KEY is not a complete API key/);
    await expect(start(ELSEWHERE, mistyped)).rejects.not.toThrow(mistyped);
    expect(await query('SELECT id FROM api_keys')).toEqual([]);
    // this computer alone is served as before
    expect(await statusWith(await start('127.0.0.1'))).toBe(200);
  });

  it('makes the first key once for all replicas that start together, and never again', async () => {
    const replicas = await Promise.all([start(ELSEWHERE, FIRST), start(ELSEWHERE, FIRST), start(ELSEWHERE, FIRST)]);
    for (const api of replicas) {
      expect([await statusWith(api), await statusWith(api, OTHER), await statusWith(api, FIRST)]).toEqual([
        401, 401, 200,
      ]);
    }
    expect(await query('SELECT name FROM api_keys')).toEqual([{ name: 'first' }]);
    expect(await query("SELECT type, actor FROM events WHERE type LIKE 'key.%'")).toEqual([
      { type: 'key.created', actor: 'operator' },
    ]);
    const [api] = replicas;
    await api.request('DELETE', '/api/keys/key_01JGFJJZ00N5MQ2YS3B3X8T1RV', undefined, {
      authorization: `Bearer ${FIRST}`,
    });
    // neither the revoked key nor another one opens a database that has had a key
    const later = await start(ELSEWHERE, OTHER);
    expect([await statusWith(later), await statusWith(later, FIRST), await statusWith(later, OTHER)]).toEqual([
      401, 401, 401,
    ]);
  });

  it('stays closed when its keys are lost while it runs', async () => {
    const api = await start(ELSEWHERE, FIRST);
    await query('DELETE FROM api_keys');
    const second = await start('127.0.0.1');
    expect(await statusWith(second)).toBe(200);
    expect(await statusWith(api)).toBe(401);
    await expect(start(ELSEWHERE)).rejects.toThrow(StartupRefusedError);
  });
});
