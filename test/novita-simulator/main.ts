import { parseArgs } from 'node:util';
import { NovitaSimulator } from './novita-simulator.js';

const HELP = `A simulator of Novita's GPU instance API. Nothing is bought.

  --port N          where to listen (0: a free port; default 0)
  --host ADDRESS    on which of this machine's addresses, and by which its workloads are called (default 127.0.0.1)
  --time-factor N   everything is N times quicker (default 1: Novita's pace)
  --api-key KEY     the one key that is accepted (default: any)
  --seed N          the same seed gives the same ids and boot times
  --state-file F    keep machines and stock in F over a restart
  --journal F       append what truly happens to F, a line of JSON each
  --help
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      'time-factor': { type: 'string', default: '1' },
      'api-key': { type: 'string' },
      seed: { type: 'string' },
      'state-file': { type: 'string' },
      journal: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const novita = await NovitaSimulator.start({
    port: readNumber('--port', values.port, 0, 65_535),
    host: values.host,
    timeFactor: readNumber('--time-factor', values['time-factor'], 0.01, 1_000_000),
    ...(values['api-key'] === undefined ? {} : { apiKey: values['api-key'] }),
    ...(values.seed === undefined ? {} : { seed: readNumber('--seed', values.seed, 0, 2 ** 31) }),
    ...(values['state-file'] === undefined ? {} : { stateFile: values['state-file'] }),
    ...(values.journal === undefined ? {} : { journalFile: values.journal }),
  });
  process.stdout.write(`Novita simulator: ${novita.url}\nNOVITA_API_BASE_URL=${novita.baseUrl}\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await novita.stop();
  return 0;
}

function readNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= low && value <= high))
    throw new Error(`${name} must be a number from ${low} to ${high}`);
  return value;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
