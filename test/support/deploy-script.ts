import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';

/** Runs a script of `deploy/scripts` as an operator does, and returns its output. */
export const runDeployScript = async (
  name: string,
  args: string[],
  environment: Record<string, string>,
): Promise<string> => {
  const file = fileURLToPath(new URL(`../../deploy/scripts/${name}`, import.meta.url));
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  const { stdout } = await promisify(execFile)(file, args, { env });
  return stdout;
};

/** Simulates a disaster: empties the database. */
export const destroyContents = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS pgboss CASCADE; CREATE SCHEMA public');
  await client.end();
};
