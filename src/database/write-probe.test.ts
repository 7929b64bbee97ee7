import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Tables } from './tables.js';
import { WriteProbe } from './write-probe.js';

/** @param ends how each write ends, one after the other: null is well */
const probeOf = (...ends: (Error | null)[]): WriteProbe => {
  class Driver extends DummyDriver {
    override async acquireConnection() {
      const connection = await super.acquireConnection();
      return {
        ...connection,
        streamQuery: connection.streamQuery.bind(connection),
        executeQuery: () => {
          const end = ends.shift();
          return end ? Promise.reject(end) : Promise.resolve({ rows: [] });
        },
      };
    }
  }
  const database = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new Driver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return new WriteProbe(database, 5_000);
};

const refusal = (code: string): Error => Object.assign(new Error('refused'), { code, severity: 'ERROR' });

describe('a database', () => {
  it('that takes no writes is asked again at each look, and one that took one is believed for some time', async () => {
    const probe = probeOf(refusal('53100'), refusal('25006'), refusal('XX000'), null, refusal('53100'));
    expect([await probe.trouble(), await probe.trouble(), await probe.trouble()]).toEqual([
      'has no room left on its disk',
      'only answers reads',
      'cannot be written to (SQLSTATE XX000)',
    ]);
    expect([await probe.trouble(), await probe.trouble()]).toEqual([null, null]);
  });

  it('that is away is not told as one that takes no writes', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    await expect(probeOf(away).trouble()).rejects.toBe(away);
  });
});
