import { randomInt } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';

export const HELP = `npm run chaos -- [options]

Real processes, killed for real: the built service on a real PostgreSQL, with a simulated Novita that keeps its own books,
while callers ask for instances. Then calm, and judgement by Novita's books.

  --kills N           kill -9 of service processes (200)
  --database-kills N  kill -9 of PostgreSQL, all of its processes (20)
  --pauses N          SIGSTOP of a service process for 1 to 25 s (30)
  --replicas N        service processes on the one database (3)
  --seed N            what is killed when, and who asks for what (default: drawn, and printed)
  --postgres DIR      the folder with initdb and postgres to use (default: the embedded PostgreSQL's from npm)
  --keep              keep the logs, the journal and the database also when all is well
  --record FILE       append the result as Markdown
  --help

The full size: --kills 2000 --database-kills 100 --pauses 300
`;

export interface ChaosOptions {
  kills: number;
  databaseKills: number;
  pauses: number;
  replicas: number;
  seed: number;
  /** Null: the programs of the embedded PostgreSQL. */
  postgresPrograms: string | null;
  keep: boolean;
  /** Null: not recorded. */
  record: string | null;
}

/** The options are wrong. The message says what to change. */
export class UsageError extends Error {}

/** Null: help was requested. Throws a {@link UsageError}. */
export const readOptions = (args: string[]): ChaosOptions | null => {
  const values = parse(args);
  if (values.help) return null;
  return {
    kills: wholeNumber('--kills', values.kills, 1, 100_000),
    databaseKills: wholeNumber('--database-kills', values['database-kills'], 0, 10_000),
    pauses: wholeNumber('--pauses', values.pauses, 0, 10_000),
    replicas: wholeNumber('--replicas', values.replicas, 1, 20),
    seed: values.seed === undefined ? randomInt(1, 1_000_000) : wholeNumber('--seed', values.seed, 0, 2 ** 31 - 1),
    postgresPrograms: values.postgres === undefined ? null : path.resolve(values.postgres),
    keep: values.keep,
    record: values.record === undefined ? null : path.resolve(values.record),
  };
};

const parse = (args: string[]) => {
  try {
    return parseArgs({
      args,
      options: {
        kills: { type: 'string', default: '200' },
        'database-kills': { type: 'string', default: '20' },
        pauses: { type: 'string', default: '30' },
        replicas: { type: 'string', default: '3' },
        seed: { type: 'string' },
        postgres: { type: 'string' },
        keep: { type: 'boolean', default: false },
        record: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const wholeNumber = (name: string, text: string, low: number, high: number): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < low || value > high) {
    throw new UsageError(`${name} must be a whole number from ${low} to ${high}`);
  }
  return value;
};
