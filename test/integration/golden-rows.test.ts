/**
 * Rows as earlier releases wrote them, kept as files in `test/golden-rows`: the code of today must read each of them as the release
 * that wrote it did. A file is made once, by the release before a change of what is stored, and never changed.
 */
import fs from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreStage } from '../support/store-stage.js';

const FOLDER = path.join(import.meta.dirname, '../golden-rows');
const TABLES = ['instances', 'create_attempts', 'machines'] as const;

interface Golden {
  /** The deployment secret that sealed them. */
  secret: string;
  instances: { id: string }[];
  create_attempts: object[];
  machines: object[];
  guards: { row: object; guard: object }[];
  /** What the release that wrote the rows read from them. */
  facts: object[];
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(fs.readdirSync(FOLDER))('rows of %s', (file) => {
  const golden = JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')) as Golden;
  let stage: StoreStage;
  beforeAll(async () => {
    stage = await StoreStage.open();
    for (const table of TABLES) {
      for (const row of golden[table]) await insert(table, row);
    }
  });
  afterAll(() => stage.close());

  /** Columns that the release did not know get their defaults, as when the release itself inserts. */
  const insert = (table: string, row: object): Promise<unknown> => {
    const columns = sql.join(Object.keys(row).map((column) => sql.ref(column)));
    const values = JSON.stringify(row);
    return sql`INSERT INTO ${sql.table(table)} (${columns})
      SELECT ${columns} FROM jsonb_populate_record(NULL::${sql.table(table)}, ${values}::jsonb)`.execute(
      stage.database,
    );
  };

  it('are read as the release itself read them', async () => {
    for (const [at, { id }] of golden.instances.entries()) {
      expect(asJson(await stage.snapshot(id)), id).toMatchObject(golden.facts[at] ?? {});
    }
  });

  it('lose nothing when they are written back unchanged', async () => {
    for (const { id } of golden.instances) {
      const stored = () => stage.database.selectFrom('instances').selectAll().where('id', '=', id).executeTakeFirst();
      const before = await stored();
      await stage.commit(id, {});
      const after = await stored();
      const jsonOf = (row: typeof before) => asJson([row?.spec, row?.progress, row?.replacement]);
      expect(jsonOf(after)).toMatchObject(jsonOf(before) as unknown[]);
    }
  });

  it('tell of the guard what they told', async () => {
    for (const { row, guard } of golden.guards) {
      await sql`DELETE FROM fleet_guard`.execute(stage.database);
      await insert('fleet_guard', row);
      expect(asJson(await stage.store.guard())).toMatchObject(guard);
    }
  });
});

describe('what a later release has stored', () => {
  it('survives a read and a write by this one, in every JSON column of an instance', async () => {
    const stage = await StoreStage.open();
    const { instance } = await stage.made('from-the-future');
    const later = { later: { at: '2030-01-01T00:00:00.000Z', words: ['a'] } };
    await sql`UPDATE instances SET
      spec = spec || ${JSON.stringify(later)}::jsonb
        || jsonb_build_object('readiness', spec -> 'readiness' || ${JSON.stringify(later)}::jsonb),
      progress = progress || ${JSON.stringify(later)}::jsonb
        || jsonb_build_object('placement', progress -> 'placement' || ${JSON.stringify(later)}::jsonb)
      WHERE id = ${instance.id}`.execute(stage.database);
    const snapshot = await stage.snapshot(instance.id);
    expect(snapshot.instance.unreadable).toBeUndefined();
    await stage.commit(instance.id, { instance: { name: 'renamed' } });
    const { rows } = await sql<{ spec: object; progress: object }>`SELECT spec, progress FROM instances
      WHERE id = ${instance.id} AND name = 'renamed'`.execute(stage.database);
    expect(rows).toMatchObject([{ spec: { ...later, readiness: later }, progress: { ...later, placement: later } }]);
    await stage.close();
  });
});
