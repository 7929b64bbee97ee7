import pg from 'pg';
import { sessionUrl } from '../../src/database/session-url.js';

/** Every row of every table of every schema, as text: what a dump has, without the need for its program. */
export const dumpOf = async (url: string): Promise<{ text: string; tables: string[] }> => {
  const client = new pg.Client({ connectionString: sessionUrl(url) });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY name`,
    );
    const lines: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`);
      lines.push(...rows.map(({ row }) => `${name} ${row}`));
    }
    return { text: lines.join('\n'), tables: tables.map(({ name }) => name) };
  } finally {
    await client.end();
  }
};
