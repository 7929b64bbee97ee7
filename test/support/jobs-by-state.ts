import pg from 'pg';

/** Counts the jobs of a database by state. A retried job is counted under its state and "again". */
export const jobsByState = async (databaseUrl: string): Promise<Record<string, number>> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ what: string; times: number }>(
      `SELECT state || CASE WHEN retry_count > 0 THEN ' again' ELSE '' END AS what, count(*)::int AS times
         FROM pgboss.job GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ what, times }) => [what, times]));
  } finally {
    await client.end();
  }
};
