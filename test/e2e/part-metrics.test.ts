/** What alarms are told of the parts of the service. In a file of its own: the metrics of a process are those of its first service. */
import pg from 'pg';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { send } from '../support/raw-http.js';
import { startService } from '../support/service-in-process.js';
import { createTestDatabase } from '../support/test-database.js';

it('a part that is down is told to Prometheus, and so is when it is up again', async () => {
  const database = await createTestDatabase();
  const { app, port } = await startService(database.url);
  const operator = new pg.Client({ connectionString: database.url });
  await operator.connect();
  const tells = async (line: string): Promise<boolean> =>
    (await send(port, { path: '/metrics' })).text.split('\n').includes(line);
  try {
    await eventually('the database is up', () => tells('novitai_part_up{part="database"} 1'));
    await operator.query('ALTER TABLE write_probes ADD CHECK (false)');
    await eventually('it is down', () => tells('novitai_part_up{part="database"} 0'));
    expect(await tells('novitai_part_up{part="log"} 1')).toBe(true);
    await operator.query('ALTER TABLE write_probes DROP CONSTRAINT write_probes_check');
    await eventually('it is up again', () => tells('novitai_part_up{part="database"} 1'));
  } finally {
    await operator.end();
    await app.close();
    await database.drop();
  }
});
