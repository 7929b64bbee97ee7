import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countBranches, LEAST_TIMES } from './branches.js';
import { answerTasks, spread } from './fleet-of-processes.js';
import { recordResult } from '../support/record-result.js';
import { runSeed, type SeedResult } from './run-seed.js';
import { shrink } from './shrink.js';

const HELP = `npm run simulate -- [options]

  --seeds N     how many worlds to run (1800)
  --from N      the first seed (1)
  --hours N     hours of weather in each, before half an hour of calm (6)
  --jobs N      processes (one per core)
  --seed N      run this one only; with --trace tell its story line by line
  --only LIST   let only these faults strike, as a failed seed prints them
  --trace       tell the story
  --counts      print every counter
  --record FILE append the result as Markdown
`;
const SEEDS_AT_ONCE = 20;
const AGAIN_EVERY = 100;
const MOST_FAILURES = 10;
const TELL_EVERY_MS = 15_000;
/** A smaller run may not have met every recovery branch, and is not judged by that. */
const BRANCHES_FROM_SEEDS = 1_000;

interface Task {
  seeds: number[];
  hours: number;
}

interface Answer {
  seeds: number;
  events: number;
  counts: [string, number][];
  failures: Pick<SeedResult, 'seed' | 'violations'>[];
  unsteady: number[];
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1800' },
    from: { type: 'string', default: '1' },
    hours: { type: 'string', default: '6' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    only: { type: 'string' },
    trace: { type: 'boolean', default: false },
    counts: { type: 'boolean', default: false },
    record: { type: 'string' },
    worker: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const runTask = async ({ seeds, hours }: Task): Promise<Answer> => {
  const counts = new Map<string, number>();
  const answer: Answer = { seeds: seeds.length, events: 0, counts: [], failures: [], unsteady: [] };
  for (const seed of seeds) {
    const result = await runSeed({ seed, hours });
    answer.events += result.events;
    for (const [what, times] of result.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    if (result.violations.length > 0) answer.failures.push({ seed, violations: result.violations });
    if (seed % AGAIN_EVERY === 0 && (await runSeed({ seed, hours })).traceHash !== result.traceHash) {
      answer.unsteady.push(seed);
    }
  }
  return { ...answer, counts: [...counts] };
};

const tellOf = (result: Pick<SeedResult, 'seed' | 'violations'>): void => {
  for (const { law, what, at } of result.violations.slice(0, 5)) {
    console.log(`seed ${result.seed}: ${law} broken after ${at.toFixed(0)} virtual seconds: ${what}`);
  }
};

const runOne = async (seed: number, hours: number): Promise<number> => {
  const only = values.only === undefined ? null : new Set(values.only.split(',').filter(Boolean));
  const onTrace = values.trace ? (line: string): void => console.log(line) : undefined;
  const result = await runSeed({ seed, hours, only, onTrace });
  console.log(`seed ${seed}: ${result.events} events, ${result.struck.length} faults, trace ${result.traceHash}`);
  tellOf(result);
  return result.violations.length > 0 ? 1 : 0;
};

const explain = async (seed: number, hours: number): Promise<void> => {
  const failed = await runSeed({ seed, hours });
  const least = await shrink({ seed, hours }, failed, (line) => console.log(`seed ${seed}: ${line}`));
  tellOf(least);
  console.log(
    `  replay: npm run simulate -- --seed ${seed} --hours ${hours} --trace --only ${least.struck.join(',') || 'none'}`,
  );
};

const runMany = async (from: number, count: number, hours: number, jobs: number): Promise<number> => {
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  const tasks: Task[] = [];
  for (let at = 0; at < count; at += SEEDS_AT_ONCE) tasks.push({ seeds: seeds.slice(at, at + SEEDS_AT_ONCE), hours });
  const started = performance.now();
  const counts = new Map<string, number>();
  const failures: Answer['failures'] = [];
  const unsteady: number[] = [];
  let done = 0;
  let events = 0;
  let toldAt = started;
  await spread(fileURLToPath(import.meta.url), jobs, tasks, (message) => {
    const answer = message as Answer;
    done += answer.seeds;
    events += answer.events;
    for (const [what, times] of answer.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    answer.failures.forEach(tellOf);
    failures.push(...answer.failures);
    unsteady.push(...answer.unsteady);
    if (performance.now() - toldAt > TELL_EVERY_MS) {
      toldAt = performance.now();
      console.log(`${done} of ${count} seeds, ${failures.length} failed, ${((toldAt - started) / 1000).toFixed(0)} s`);
    }
    return failures.length < MOST_FAILURES;
  });
  const [first] = failures;
  if (first) await explain(first.seed, hours);
  for (const seed of unsteady) console.log(`seed ${seed}: two runs have different traces`);
  const branches = countBranches(counts);
  const rare = count < BRANCHES_FROM_SEEDS ? [] : branches.filter(({ times }) => times < LEAST_TIMES);
  for (const { branch, times } of branches) console.log(`${String(times).padStart(9)}  ${branch}`);
  if (values.counts)
    for (const [what, times] of [...counts].sort()) console.log(`${String(times).padStart(9)}  (${what})`);
  for (const { branch, times } of rare) console.log(`too rare to prove anything: ${branch} (${times} times)`);
  const seconds = (performance.now() - started) / 1000;
  const again = Math.floor((from + count - 1) / AGAIN_EVERY) - Math.floor((from - 1) / AGAIN_EVERY);
  const figure =
    `${done} seeds (${from} to ${from + done - 1}) of ${hours} virtual hours: ${failures.length} with a violation; ` +
    `${(events / 1e6).toFixed(1)} million events, ${counts.get('machine made') ?? 0} machines made; ` +
    `${again} seeds run twice, ${unsteady.length} with another trace; ` +
    `rarest recovery branch taken ${Math.min(...branches.map(({ times }) => times))} times; ${seconds.toFixed(0)} s`;
  console.log(`FIGURE simulate: ${figure}`);
  if (values.record !== undefined) {
    const rows = branches.map(({ branch, times }) => [branch, times]);
    recordResult(values.record, 'npm run simulate', figure, ['recovery branch', 'times'], rows);
  }
  return failures.length + unsteady.length + rare.length > 0 ? 1 : 0;
};

const main = async (): Promise<number> => {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const hours = Number(values.hours);
  if (values.seed !== undefined) return runOne(Number(values.seed), hours);
  return runMany(Number(values.from), Number(values.seeds), hours, Number(values.jobs));
};

if (values.worker) answerTasks((task) => runTask(task as Task));
else process.exitCode = await main();
