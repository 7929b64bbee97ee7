import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { firsts, seconds, singles } from './fault-plans.js';
import { answerTasks, spread } from './fleet-of-processes.js';
import { recordResult } from '../support/record-result.js';
import { runScenario } from './run-scenario.js';
import { SCENARIOS } from './scenarios.js';

const HELP = `npm run simulate:faults -- [options]

  Lets every single fault, and every pair of faults, strike at every I/O step of each scenario:
  ${Object.keys(SCENARIOS).join(', ')}.

  --scenario NAME  this one only
  --faults LIST    play it once with exactly these faults, as a failure prints them
  --trace          tell the story of that
  --every N        plays one of N pairs (1: all), and all single faults
  --from N         another number plays other pairs (0)
  --jobs N         processes (one per core)
  --record FILE    append the result as Markdown
`;
const TASK_SIZE = 3;
const TELL_EVERY_MS = 15_000;
const MOST_FAILURES = 10;

interface Task {
  scenario: string;
  /** Null: play it without a fault, and say where one may strike. */
  faults: string[] | null;
  /** Whether a second fault is to follow each of them. */
  pairs: boolean;
  share: Share;
}

/** Of the pairs with one first fault only each `every`th. The same for other numbers `from` below `every` gives the rest of them. */
interface Share {
  every: number;
  from: number;
}

interface Answer {
  scenario: string;
  singles: string[];
  firsts: string[];
  runs: { singles: number; pairs: number };
  failures: { faults: string[]; what: string }[];
}

const { values } = parseArgs({
  options: {
    scenario: { type: 'string' },
    faults: { type: 'string' },
    trace: { type: 'boolean', default: false },
    every: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    record: { type: 'string' },
    worker: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const scenarioOf = (name: string): (typeof SCENARIOS)[string] => {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new Error(`there is no scenario "${name}": ${Object.keys(SCENARIOS).join(', ')}`);
  return scenario;
};

const runTask = async ({ scenario: name, faults, pairs, share }: Task): Promise<Answer> => {
  const scenario = scenarioOf(name);
  const answer: Answer = { scenario: name, singles: [], firsts: [], runs: { singles: 0, pairs: 0 }, failures: [] };
  const run = async (chosen: string[]) => {
    const result = await runScenario(scenario, chosen);
    const [first] = result.violations;
    if (first) answer.failures.push({ faults: chosen, what: `${first.law}: ${first.what}` });
    return result.opportunities;
  };
  if (faults === null) {
    const opportunities = await run([]);
    return { ...answer, singles: singles(opportunities), firsts: firsts(opportunities) };
  }
  for (const fault of faults) {
    const opportunities = await run([fault]);
    answer.runs.singles += 1;
    if (!pairs) continue;
    const following = seconds(opportunities, fault);
    // not the same places after each first fault
    const isOfShare = (place: number): boolean => (place + following.length + share.from) % share.every === 0;
    for (const second of following.filter((_, place) => isOfShare(place))) {
      await run([fault, second]);
      answer.runs.pairs += 1;
    }
  }
  return answer;
};

const playOnce = async (name: string, faults: string[]): Promise<number> => {
  const onTrace = values.trace ? (line: string): void => console.log(line) : undefined;
  const { violations, events } = await runScenario(scenarioOf(name), faults, onTrace);
  console.log(`${name} with ${faults.join(', ') || 'no fault'}: ${events} events, ${violations.length} violations`);
  for (const { law, what, at } of violations) console.log(`${law} broken after ${at.toFixed(0)} s: ${what}`);
  return violations.length > 0 ? 1 : 0;
};

const playAll = async (names: string[], jobs: number, share: Share): Promise<number> => {
  const started = performance.now();
  const program = fileURLToPath(import.meta.url);
  const failures: (Answer['failures'][number] & { scenario: string })[] = [];
  const runs = new Map(names.map((name) => [name, { singles: 0, pairs: 0 }]));
  const tasks: Task[] = [];
  const take = ({ scenario, failures: failed, runs: done }: Answer): boolean => {
    for (const failure of failed) {
      failures.push({ ...failure, scenario });
      console.log(`${scenario} with ${failure.faults.join(' and ') || 'no fault'}: ${failure.what}`);
      console.log(
        `  replay: npm run simulate:faults -- --scenario '${scenario}' --faults ${failure.faults.join(',')} --trace`,
      );
    }
    const sum = runs.get(scenario);
    if (sum) {
      sum.singles += done.singles;
      sum.pairs += done.pairs;
    }
    return failures.length < MOST_FAILURES;
  };
  await spread(
    program,
    jobs,
    names.map((scenario) => ({ scenario, faults: null, pairs: false, share })),
    (message) => {
      const answer = message as Answer;
      const paired = new Set(answer.firsts);
      const alone = answer.singles.filter((fault) => !paired.has(fault));
      const add = (faults: string[], pairs: boolean, size: number): void => {
        for (let at = 0; at < faults.length; at += size) {
          tasks.push({ scenario: answer.scenario, faults: faults.slice(at, at + size), pairs, share });
        }
      };
      add(answer.firsts, true, TASK_SIZE);
      add(alone, false, TASK_SIZE * 50);
      return take(answer);
    },
  );
  let done = 0;
  let toldAt = started;
  await spread(program, jobs, tasks, (answer) => {
    done += 1;
    if (performance.now() - toldAt > TELL_EVERY_MS) {
      toldAt = performance.now();
      const percent = Math.floor((done / tasks.length) * 100);
      console.log(`${percent} %, ${failures.length} failed, ${((toldAt - started) / 1000).toFixed(0)} s`);
    }
    return take(answer as Answer);
  });
  for (const [name, { singles: one, pairs: two }] of runs) {
    console.log(`${name}: ${one} single faults, ${two} pairs`);
  }
  const sum = (of: 'singles' | 'pairs'): number => [...runs.values()].reduce((total, one) => total + one[of], 0);
  const of = share.every === 1 ? '' : ` (one of ${share.every}, from ${share.from})`;
  const figure =
    `${names.length} scenarios, ${sum('singles')} single faults, ${sum('pairs')} pairs${of}: ${failures.length} with a violation; ` +
    `${((performance.now() - started) / 1000).toFixed(0)} s`;
  console.log(`FIGURE simulate:faults: ${figure}`);
  if (values.record !== undefined)
    recordResult(
      values.record,
      'npm run simulate:faults',
      figure,
      ['scenario', 'single faults', 'pairs'],
      [...runs].map(([name, { singles: one, pairs: two }]) => [name, one, two]),
    );
  return failures.length > 0 || done < tasks.length ? 1 : 0;
};

const main = (): Promise<number> => {
  if (values.help) {
    console.log(HELP);
    return Promise.resolve(0);
  }
  if (values.faults !== undefined) {
    return playOnce(values.scenario ?? 'create', values.faults.split(',').filter(Boolean));
  }
  const share = { every: Number(values.every), from: Number(values.from) };
  if (!(Number.isInteger(share.every) && share.every >= 1 && Number.isInteger(share.from) && share.from >= 0)) {
    console.error(`--every is a whole number from 1, --from one from 0\n\n${HELP}`);
    return Promise.resolve(2);
  }
  return playAll(
    values.scenario === undefined ? Object.keys(SCENARIOS) : [values.scenario],
    Number(values.jobs),
    share,
  );
};

if (values.worker) answerTasks((task) => runTask(task as Task));
else process.exitCode = await main();
