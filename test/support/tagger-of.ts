import pg from 'pg';
import { Tagger } from '../../src/machines/domain/tag.js';

/** Makes tags of the deployment with this database, for machines that it recognises as its own. */
export const taggerOf = async (databaseUrl: string): Promise<Tagger> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ deployment_id: string; secret: string }>(
      'SELECT deployment_id, secret FROM deployment',
    );
    const [row] = rows;
    if (!row) throw new Error('the database has no deployment');
    return new Tagger(row.deployment_id, row.secret);
  } finally {
    await client.end();
  }
};
