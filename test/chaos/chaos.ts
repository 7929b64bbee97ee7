/** `npm run chaos`: see options.ts for what it does. Exit code 0: no law was broken. 1: one was. 2: wrong options. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.js';
import { gatherEvidence, untilAtRest } from './calm.js';
import { Callers } from './callers.js';
import { addForgeries, addStrangers } from './strangers.js';
import { Novita } from './novita.js';
import { Operator } from './operator.js';
import { HELP, readOptions, UsageError, type ChaosOptions } from './options.js';
import { Postgres } from './postgres.js';
import { Replica } from './replica.js';
import { Storm } from './storm.js';
import { keepEvidence, reach, record, type Course } from './verdict.js';
import { bringWeather } from './weather.js';
import { Workplace } from './workplace.js';

const EXIT_USAGE = 2;
const FIRST_START_SECONDS = 120;
const CALM_START_SECONDS = 60;
const STOP_SECONDS = 30;
const TELL_EVERY_MS = 15_000;
const MOST_SHOWN = 25;

const began = performance.now();
const tell = (line: string): void => {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
};

/** Everything that runs, and must be ended in any case. */
interface Stage {
  place: Workplace;
  database: Postgres;
  novita: Novita;
  replicas: Replica[];
}

const run = async (options: ChaosOptions, stage: Stage, signal: AbortSignal): Promise<number> => {
  const { place, database, novita, replicas } = stage;
  const storm = new Storm(options, replicas, database, signal);
  const callers = new Callers(options.seed, replicas, signal);
  const operator = new Operator(database, callers.api('the operator'));
  const stormOver = new AbortController();
  const restOver = new AbortController();

  const foreignIds = await addStrangers(novita);
  await bringWeather(novita);
  const stormBegan = performance.now();
  const watching = operator.watch(AbortSignal.any([restOver.signal, signal]));
  const working = callers.work(AbortSignal.any([stormOver.signal, signal]));
  const forging = addForgeries(novita, AbortSignal.any([stormOver.signal, signal]));
  // awaited after the storm; ignored when the run is aborted before
  forging.catch(() => undefined);
  const telling = setInterval(() => {
    const { kills, databaseKills, pauses } = storm.done;
    tell(
      `${kills}/${options.kills} kills, ${databaseKills}/${options.databaseKills} of PostgreSQL, ${pauses}/${options.pauses} pauses; ` +
        `${callers.orders.length} instances asked for; ready: ${replicas.filter(({ isReady }) => isReady).length}/${replicas.length}`,
    );
  }, TELL_EVERY_MS);
  try {
    // if callers fail, more kills prove nothing
    await Promise.race([storm.rage(), working.then(() => sleep(2 ** 30, undefined, { ref: false, signal }))]);
    signal.throwIfAborted();
  } finally {
    clearInterval(telling);
  }
  const stormSeconds = (performance.now() - stormBegan) / 1000;

  tell('The storm is over: faults off, everything up.');
  await novita.clearFaults();
  await Promise.all(replicas.map((replica) => replica.untilReady(CALM_START_SECONDS, signal)));
  stormOver.abort();
  await working;
  foreignIds.push(...(await forging));
  const api = callers.api('the judge');
  const calmSeconds = await untilAtRest(api, novita, tell);
  const deaths = replicas.flatMap((replica) => replica.deaths);
  const evidence = { ...(await gatherEvidence(api, novita, callers.orders)), foreignIds, deaths };
  restOver.abort();
  await watching;

  const course: Course = {
    options,
    done: storm.done,
    starts: replicas.reduce((sum, { starts }) => sum + starts, 0),
    failedStarts: deaths.filter(({ hadServed }) => !hadServed).length,
    freezes: operator.freezes,
    answers: callers.traffic.answers,
    noAnswer: callers.traffic.noAnswer,
    stormSeconds,
    calmSeconds,
    postgresVersion: database.version,
  };
  const { violations, figure } = reach(evidence, course);
  const codes = await Promise.all(replicas.map((replica) => replica.stop(STOP_SECONDS)));
  const untidy = codes.filter((code) => code !== 0).length;
  const contract = await novita.contractViolations();
  for (const { law, what } of violations.slice(0, MOST_SHOWN)) console.log(`VIOLATION ${law}: ${what}`);
  if (untidy > 0) console.log(`VIOLATION ${untidy} services did not end in order: exit codes ${codes.join(', ')}`);
  if (contract.length > 0) console.log(`VIOLATION the simulator left the contract: ${contract[0] ?? ''}`);
  console.log(`FIGURE chaos: ${figure}`);
  const failed = violations.length + untidy + contract.length > 0;
  if (options.record !== null) record(options.record, figure, course, failed);
  if (failed) keepEvidence(place, evidence, violations);
  return failed ? 1 : 0;
};

const setUp = async (options: ChaosOptions, ended: (() => Promise<unknown>)[]): Promise<Stage> => {
  const place = await Workplace.open();
  tell(`Everything of this run is in ${place.directory}`);
  const database = await Postgres.make(place, options.postgresPrograms);
  ended.push(() => database.stop());
  const novita = await Novita.start(place, options.seed);
  ended.push(() => novita.kill());
  const surroundings = { databaseUrl: database.url, novitaBaseUrl: novita.baseUrl };
  const replicas: Replica[] = [];
  ended.push(() => Promise.all(replicas.map((replica) => replica.end())));
  for (let number = 1; number <= options.replicas; number++) {
    replicas.push(new Replica(number, await freePort(), surroundings, place));
  }
  return { place, database, novita, replicas };
};

const main = async (): Promise<number> => {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    console.log(HELP);
    return 0;
  }
  const broken = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      broken.abort(new Error(`broken off by ${signal}`));
    });
  }
  console.log(`seed ${options.seed} (again: npm run chaos -- --seed ${options.seed})`);
  const toEnd: (() => Promise<unknown>)[] = [];
  let place: Workplace | null = null;
  let code = 1;
  try {
    const stage = await setUp(options, toEnd);
    ({ place } = stage);
    for (const replica of stage.replicas) replica.launch();
    await Promise.all(stage.replicas.map((replica) => replica.untilReady(FIRST_START_SECONDS, broken.signal)));
    tell(`PostgreSQL ${stage.database.version} and ${options.replicas} replicas are up.`);
    code = await run(options, stage, broken.signal);
  } catch (error) {
    console.error(broken.signal.aborted ? String(broken.signal.reason) : error);
  } finally {
    for (const end of toEnd.reverse()) await end().catch(console.error);
    const isWanted = options.keep || (code !== 0 && !broken.signal.aborted);
    if (place && isWanted) console.log(`Logs, journal and database are kept in ${place.directory}`);
    else await place?.remove();
  }
  return code;
};

main().then(
  // open sockets must not keep the process alive
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exit(EXIT_USAGE);
  },
);
