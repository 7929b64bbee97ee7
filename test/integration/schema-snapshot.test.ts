import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../support/test-database.js';

/** The schema that all migrations together make, as a file that a reviewer reads. */
const DESCRIBE = `
  SELECT line FROM (
    SELECT table_name AS t, 1 AS kind, lpad(ordinal_position::text, 3, '0') AS o,
           table_name || '.' || column_name || ' ' || data_type ||
           CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END ||
           coalesce(' default ' || column_default, '') AS line
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT conrelid::regclass::text, 2, conname, conrelid::regclass::text || ' ' || conname || ': ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
    UNION ALL
    SELECT tablename, 3, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT event_object_table, 4, trigger_name || event_manipulation,
           event_object_table || ' trigger ' || trigger_name || ' ' || action_timing || ' ' || event_manipulation || ': ' || action_statement
      FROM information_schema.triggers WHERE trigger_schema = 'public'
  ) lines ORDER BY t, kind, o`;

it('the schema is the one in docs/schema.txt (after a wanted change: vitest run -u)', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  try {
    await client.connect();
    const { rows } = await client.query<{ line: string }>(DESCRIBE);
    const text = rows.map(({ line }) => line).join('\n') + '\n';
    await expect(text).toMatchFileSnapshot('../../docs/schema.txt');
  } finally {
    await client.end();
    await database.drop();
  }
});
