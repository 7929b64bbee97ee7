import path from 'node:path';
import { parseArgs } from 'node:util';

export const HELP = `npm run sandbox -- [options]

Novitai and a simulated Novita on this machine. Nothing is bought, and no key of Novita is needed.

  --port N          where the API listens on 127.0.0.1 (0: a free port; default: $PORT, else 3000)
  --data DIR        keep everything in DIR; a later sandbox finds its instances and machines there again
                    (default: a temporary directory that is removed at the end)
  --time-factor N   machines boot and stop N times quicker than Novita's (default 10; 1: Novita's pace)
  --api-key         the service asks for an API key, which is printed (default: it listens on 127.0.0.1, and asks for none)
  --verbose         show the service's log here instead of writing it to a file
  --help
`;

export interface SandboxOptions {
  /** 0: a free port. */
  port: number;
  /** Null: a temporary directory. */
  dataDir: string | null;
  timeFactor: number;
  verbose: boolean;
  /** Whether the service asks for an API key. */
  apiKey: boolean;
}

/** The options are wrong. The message says what to change. */
export class UsageError extends Error {}

/** Null: help was requested. Throws a {@link UsageError}. */
export function readOptions(args: string[], defaultPort = '3000'): SandboxOptions | null {
  const values = parse(args);
  if (values.help) return null;
  if (values.data === '') throw new UsageError('--data must name a directory');
  const port = readNumber('--port', values.port ?? defaultPort, 0, 65_535);
  if (!Number.isInteger(port)) throw new UsageError('--port must be a whole number');
  return {
    port,
    dataDir: values.data === undefined ? null : path.resolve(values.data),
    timeFactor: readNumber('--time-factor', values['time-factor'], 0.1, 1_000),
    verbose: values.verbose,
    apiKey: values['api-key'],
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        'time-factor': { type: 'string', default: '10' },
        verbose: { type: 'boolean', default: false },
        'api-key': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= low && value <= high))
    throw new UsageError(`${name} must be a number from ${low} to ${high}`);
  return value;
}
