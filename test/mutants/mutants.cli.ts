import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EmbeddedServer } from '../../src/database/embedded-server.js';
import { mutatedSources } from '../support/mutant-sources.js';
import { recordResult } from '../support/record-result.js';
import { MUTANTS_BY_ROOM } from './all-mutants.js';
import { ProjectCopy } from './project-copy.js';
import type { SuiteMutant } from './suite-mutant.js';

const HELP = `npm run mutants -- [options]

  Plants known-bad variants of the rooms that the simulation does not reach, one at a time in a copy of the project,
  and runs the tests that are there to catch each. Those tests have to pass on the project as it is.

  --room NAME    only the mutants of this room (${Object.keys(MUTANTS_BY_ROOM).join(', ')})
  --only TEXT    only those whose name contains this
  --jobs N       copies that are tested at once (one per core)
  --record FILE  append the result as Markdown
  --help
`;

const { values } = parseArgs({
  options: {
    room: { type: 'string' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    record: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** From `dist-mutants/test/mutants`. */
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

interface Hunt {
  room: string;
  mutant: SuiteMutant;
  /** The first test that failed; null: the tests did not notice. */
  caughtBy: string | null;
}

const misused = (what: string): never => {
  console.error(`${what}\n\n${HELP}`);
  process.exit(2);
};

const chosen = (): Pick<Hunt, 'room' | 'mutant'>[] => {
  const { room, only } = values;
  if (room !== undefined && !Object.hasOwn(MUTANTS_BY_ROOM, room)) misused(`There is no room "${room}" with mutants.`);
  return Object.entries(MUTANTS_BY_ROOM)
    .filter(([name]) => room === undefined || name === room)
    .flatMap(([name, mutants]) => mutants.map((mutant) => ({ room: name, mutant })))
    .filter(({ mutant }) => mutant.name.includes(only));
};

/** Runs work on all of a list, by as many workers as there are copies. */
const share = async <T>(
  copies: ProjectCopy[],
  all: readonly T[],
  work: (copy: ProjectCopy, one: T) => Promise<void>,
) => {
  const waiting = [...all];
  await Promise.all(
    copies.map(async (copy) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(copy, next);
    }),
  );
};

/** A test that fails on the project as it is would catch every mutant. */
const refuseIfRed = async (copies: ProjectCopy[], suites: readonly string[]): Promise<void> => {
  const red: string[] = [];
  await share(copies, suites, async (copy, file) => {
    const { failure } = await copy.test([file]);
    if (failure !== null) red.push(`${file}: ${failure}`);
  });
  if (red.length > 0) throw new Error(`these tests fail without any mutant:\n  ${red.join('\n  ')}`);
};

const hunt = async (copy: ProjectCopy, { room, mutant }: Pick<Hunt, 'room' | 'mutant'>): Promise<Hunt> => {
  await copy.change(mutatedSources(mutant, copy.root));
  try {
    return { room, mutant, caughtBy: (await copy.test(mutant.suite)).failure };
  } catch (cause) {
    throw new Error(`mutant "${mutant.name}" proves nothing`, { cause });
  } finally {
    await copy.restore();
  }
};

const main = async (): Promise<number> => {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const mutants = chosen();
  if (mutants.length === 0) misused(`No mutant's name contains "${values.only}".`);
  const jobs = Number(values.jobs);
  if (!Number.isSafeInteger(jobs) || jobs < 1) misused(`--jobs wants a whole number from 1 on, not ${values.jobs}.`);
  const started = performance.now();
  const folder = await mkdtemp(path.join(tmpdir(), 'novitai-mutants-'));
  const server = await EmbeddedServer.start({
    dataDir: path.join(folder, 'data'),
    maxConnections: 200,
    settings: { fsync: 'off', full_page_writes: 'off' },
  });
  try {
    const copies = await Promise.all(
      Array.from({ length: jobs }, (_, number) =>
        ProjectCopy.make(PROJECT, path.join(folder, `copy-${number}`), server.url),
      ),
    );
    const suites = [...new Set(mutants.flatMap(({ mutant }) => mutant.suite))];
    console.log(`${suites.length} test files, without a mutant …`);
    await refuseIfRed(copies, suites);
    const hunts: Hunt[] = [];
    await share(copies, mutants, async (copy, one) => {
      const result = await hunt(copy, one);
      hunts.push(result);
      const fate = result.caughtBy === null ? 'MISSED' : `caught by "${result.caughtBy}"`;
      console.log(`${hunts.length}/${mutants.length} ${one.room}: ${one.mutant.name}: ${fate}`);
    });
    return tell(hunts, (performance.now() - started) / 1000);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

const tell = (hunts: Hunt[], seconds: number): number => {
  const missed = hunts.filter(({ caughtBy }) => caughtBy === null);
  for (const { room, mutant } of missed) console.log(`MISSED ${room}: ${mutant.name} (${mutant.file})`);
  const figure = `${hunts.length - missed.length} of ${hunts.length} mutants caught; ${seconds.toFixed(0)} s`;
  console.log(`FIGURE mutants: ${figure}`);
  if (values.record !== undefined) {
    const rows = hunts
      .toSorted((a, b) => a.room.localeCompare(b.room) || a.mutant.name.localeCompare(b.mutant.name))
      .map(({ room, mutant, caughtBy }) => [room, mutant.name, (caughtBy ?? 'missed').replaceAll('|', '/')]);
    recordResult(values.record, 'npm run mutants', figure, ['room', 'mutant', 'caught by'], rows);
  }
  return missed.length === 0 ? 0 : 1;
};

process.exitCode = await main();
