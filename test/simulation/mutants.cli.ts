import { type ChildProcess, fork } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { mutatedSources } from '../support/mutant-sources.js';
import { type CoreMutant, MUTANTS } from './mutants.js';
import type { Violation } from './sim-world.js';
import { recordResult } from '../support/record-result.js';

const HELP = `npm run simulate:mutants -- [options]

  Runs known-bad variants of the core through the simulation, each until it breaks a law in a world in which the core itself breaks none.

  --most N       seeds for each before it counts as missed (2000: as many as simulate runs in CI)
  --from N       the first seed (1)
  --hours N      hours of weather in each (6)
  --every N      plants one of N bugs (1: all)
  --turn N       another number plants other ones (0)
  --only TEXT    those whose name contains this
  --jobs N       processes (one per core)
  --record FILE  append the result as Markdown
`;
const SEEDS_PROGRAM = 'test/simulation/seeds.cli.js';
const SEEDS_AT_ONCE = 4;
/** When a hunt took more seeds than this, it prints the seed to write into `telling`. */
const MANY_SEEDS = 50;

const { values } = parseArgs({
  options: {
    most: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    hours: { type: 'string', default: '6' },
    every: { type: 'string', default: '1' },
    turn: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    record: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Where the simulation was compiled to, and where the sources are. */
const BUILT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = dirname(BUILT.replace(/\/$/, ''));

interface Hunt {
  mutant: CoreMutant;
  /** How many seeds ran until a law was broken. Null: no law was broken. */
  seeds: number | null;
  /** The law that was broken first, and the seed. */
  law: string;
  seed: number;
}

interface Failure {
  seed: number;
  violations: Violation[];
}

/** A copy of the compiled simulation with these files changed. */
const build = (mutant: CoreMutant, sources: ReadonlyMap<string, string>, number: number): string => {
  const root = join(BUILT, 'mutants', String(number));
  mkdirSync(root, { recursive: true });
  for (const part of ['src', 'test']) cpSync(join(BUILT, part), join(root, part), { recursive: true });
  for (const [file, source] of sources) {
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, experimentalDecorators: true },
    });
    const target = join(root, file.replace(/\.ts$/, '.js'));
    if (!existsSync(target)) throw new Error(`mutant "${mutant.name}": nothing was compiled from ${file}`);
    writeFileSync(target, outputText);
  }
  return join(root, SEEDS_PROGRAM);
};

/** A process that plays seeds with one build of the core. */
class Player {
  private readonly child: ChildProcess;

  constructor(
    program: string,
    private readonly name: string,
  ) {
    this.child = fork(program, ['--worker'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /** The seeds in whose worlds a law is broken, with what breaks it. @throws when the process ends */
  play(seeds: readonly number[]): Promise<Failure[]> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => {
        reject(new Error(`${this.name} ended its process (${String(code)}): a broken program proves nothing`));
      };
      this.child.once('exit', onExit);
      this.child.once('message', (answer) => {
        this.child.off('exit', onExit);
        resolve((answer as { failures: Failure[] }).failures);
      });
      this.child.send({ seeds, hours: Number(values.hours) });
    });
  }

  end(): void {
    this.child.kill();
  }
}

/** @param healthy plays with the core as it is: in a world that breaks a law anyhow, a planted bug shows nothing */
const hunt = async (mutant: CoreMutant, program: string, healthy: Player): Promise<Hunt> => {
  const first = Number(values.from);
  const seeds = Array.from({ length: Number(values.most) }, (_, index) => first + index);
  if (mutant.telling !== undefined) seeds.unshift(mutant.telling);
  const player = new Player(program, `mutant "${mutant.name}"`);
  try {
    for (let played = 0; played < seeds.length; played += SEEDS_AT_ONCE) {
      for (const { seed, violations } of await player.play(seeds.slice(played, played + SEEDS_AT_ONCE))) {
        const [broken] = violations;
        const [before] = await healthy.play([seed]);
        if (broken && !before) return { mutant, seeds: seeds.indexOf(seed) + 1, law: broken.law, seed };
        console.log(`seed ${seed} breaks ${String(before?.violations[0]?.law)} without any mutant`);
      }
    }
    return { mutant, seeds: null, law: '', seed: 0 };
  } finally {
    player.end();
  }
};

const median = (numbers: number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
};

const main = async (): Promise<number> => {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const started = performance.now();
  const every = Number(values.every);
  const isInTurn = (at: number): boolean => (at + Number(values.turn)) % every === 0;
  const chosen = MUTANTS.filter(({ name }, at) => name.includes(values.only) && isInTurn(at));
  const waiting = chosen.map((mutant, number) => ({ mutant, number, sources: mutatedSources(mutant, SOURCES) }));
  rmSync(join(BUILT, 'mutants'), { recursive: true, force: true });
  const hunts: Hunt[] = [];
  const hunter = async (): Promise<void> => {
    const healthy = new Player(join(BUILT, SEEDS_PROGRAM), 'the core');
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const result = await hunt(next.mutant, build(next.mutant, next.sources, next.number), healthy);
      hunts.push(result);
      const fate = result.seeds === null ? `MISSED in ${values.most} seeds` : `${result.law} after ${result.seeds}`;
      console.log(`${next.mutant.name}: ${fate}`);
      if ((result.seeds ?? 0) > MANY_SEEDS)
        console.log(`  to save time, write "telling: ${result.seed}" into mutants.ts`);
    }
    healthy.end();
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, hunter));
  rmSync(join(BUILT, 'mutants'), { recursive: true, force: true });
  const caught = hunts.flatMap(({ seeds }) => (seeds === null ? [] : [seeds]));
  const figure =
    `${caught.length} of ${chosen.length} mutants caught, by a median of ${median(caught)} seeds of ${values.hours} virtual hours ` +
    `(most: ${Math.max(0, ...caught)}); ${((performance.now() - started) / 1000).toFixed(0)} s`;
  console.log(`FIGURE simulate:mutants: ${figure}`);
  if (values.record !== undefined) {
    const rows = hunts
      .toSorted((a, b) => MUTANTS.indexOf(a.mutant) - MUTANTS.indexOf(b.mutant))
      .map(({ mutant, seeds, law }) => [mutant.name, seeds ?? 'missed', law]);
    recordResult(values.record, 'npm run simulate:mutants', figure, ['mutant', 'seeds', 'first law broken'], rows);
  }
  return caught.length === chosen.length ? 0 : 1;
};

process.exitCode = await main();
