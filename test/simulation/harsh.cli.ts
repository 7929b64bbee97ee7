import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { answerTasks, spread } from './fleet-of-processes.js';
import { recordResult } from '../support/record-result.js';
import { runSeed, type SeedResult } from './run-seed.js';
import type { Rates } from './weather.js';

const HELP = `npm run simulate:harsh -- [options]

  How often an instance has two machines for a while, where Novita loses, breaks and delays what it is sent.

  --creates N    instances to ask for (20000)
  --from N       the first seed (1)
  --jobs N       processes (one per core)
  --record FILE  append the result as Markdown
`;
const CREATES_PER_WORLD = 100;
const HOURS = 6;
const TELL_EVERY_MS = 15_000;
const MOST_WITH_TWO = 0.0005;

/** Chances per request that changes something. */
const HARSH: Rates = {
  'answer-lost': 0.02,
  'error-after-doing': 0.02,
  'done-late': 0.01,
  'error-before-doing': 0.05,
  'crash-before-send': 0.005,
  'crash-after-send': 0.005,
  'list-lag': 0.1,
};
/** By how many milliseconds Novita carries out a late request late: the median, and what one request in a hundred exceeds. */
const LATE = { median: 8_000, p99: 165_000 };

const { values } = parseArgs({
  options: {
    creates: { type: 'string', default: '20000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    record: { type: 'string' },
    worker: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Answer {
  asked: number;
  made: number;
  hadTwo: number;
  failures: Pick<SeedResult, 'seed' | 'violations'>[];
}

const runWorld = async (seed: number): Promise<Answer> => {
  const { counts, violations } = await runSeed({
    seed,
    hours: HOURS,
    rates: HARSH,
    creates: CREATES_PER_WORLD,
    lateMs: (random) => random.logNormal(LATE.median, LATE.p99),
  });
  return {
    asked: counts.get('event instance.created') ?? 0,
    made: counts.get('machine made') ?? 0,
    hadTwo: counts.get('instance with a transient twin') ?? 0,
    failures: violations.length > 0 ? [{ seed, violations }] : [],
  };
};

const main = async (): Promise<number> => {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const started = performance.now();
  let toldAt = started;
  const first = Number(values.from);
  const worlds = Math.ceil(Number(values.creates) / CREATES_PER_WORLD);
  const seeds = Array.from({ length: worlds }, (_, index) => first + index);
  const sum: Answer = { asked: 0, made: 0, hadTwo: 0, failures: [] };
  await spread(fileURLToPath(import.meta.url), Number(values.jobs), seeds, (message) => {
    const { asked, made, hadTwo, failures } = message as Answer;
    sum.asked += asked;
    sum.made += made;
    sum.hadTwo += hadTwo;
    sum.failures.push(...failures);
    for (const { seed, violations } of failures) {
      for (const { law, what } of violations.slice(0, 3)) console.log(`seed ${seed}: ${law}: ${what}`);
    }
    if (performance.now() - toldAt > TELL_EVERY_MS) {
      toldAt = performance.now();
      console.log(
        `${sum.asked} instances, ${sum.hadTwo} with two machines for a while, ${((toldAt - started) / 1000).toFixed(0)} s`,
      );
    }
    return sum.failures.length < 10;
  });
  const share = sum.hadTwo / sum.asked;
  const figure =
    `${sum.asked} instances asked for (seeds ${first} to ${first + worlds - 1}), ${sum.made} machines made: ${sum.hadTwo} had a transient twin ` +
    `(${(share * 100).toFixed(3)} %, at most ${(MOST_WITH_TWO * 100).toFixed(2)} % may), ${sum.failures.length} worlds with anything left or broken; ` +
    `${((performance.now() - started) / 1000).toFixed(0)} s`;
  console.log(`FIGURE simulate:harsh: ${figure}`);
  if (values.record !== undefined) {
    const rows = Object.entries(HARSH).map(([fault, rate]) => [fault, `${rate * 100} %`]);
    recordResult(values.record, 'npm run simulate:harsh', figure, ['fault', 'of the requests'], rows);
  }
  return sum.failures.length > 0 || share > MOST_WITH_TWO || sum.asked < Number(values.creates) * 0.99 ? 1 : 0;
};

if (values.worker) answerTasks((seed) => runWorld(seed as number));
else process.exitCode = await main();
