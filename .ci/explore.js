/** `npm run explore`: the tests of properties, which CI draws from one seed, with cases that nobody has seen. */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `npm run explore -- [options]

  Runs the tests that draw their cases (fast-check), each round from another seed, and ends at the first round that fails,
  with the command that repeats it.

  --rounds N  rounds (10)
  --seed N    one round, from this seed
  --only TEXT only the files whose path contains this
  --help
`;
const LARGEST_SEED = 2 ** 31 - 1;

const misused = (what) => {
  console.error(`${what}\n\n${HELP}`);
  process.exit(2);
};
const read = () => {
  try {
    return parseArgs({
      options: {
        rounds: { type: 'string', default: '10' },
        seed: { type: 'string' },
        only: { type: 'string', default: '' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return misused(error.message);
  }
};
const options = read();
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
if (!/^[1-9]\d{0,5}$/.test(options.rounds)) misused('--rounds is a whole number from 1');
if (options.seed !== undefined && !(/^\d+$/.test(options.seed) && Number(options.seed) <= LARGEST_SEED)) {
  misused(`--seed is a whole number from 0 to ${LARGEST_SEED}`);
}

const files = ['src', 'test']
  .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => path.join(folder, file)))
  .filter((file) => file.endsWith('.test.ts') && file.includes(options.only))
  .filter((file) => readFileSync(file, 'utf8').includes("from 'fast-check'"));
if (files.length === 0) misused(`No test whose path contains "${options.only}" draws its cases.`);

const rounds = options.seed === undefined ? Number(options.rounds) : 1;
for (let round = 1; round <= rounds; round++) {
  const seed = Number(options.seed ?? randomInt(LARGEST_SEED));
  console.log(`round ${round} of ${rounds}: seed ${seed}, ${files.length} files`);
  const tests = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', ...files], {
    stdio: 'inherit',
    env: { ...process.env, PROPERTY_SEED: String(seed) },
  });
  const [code] = await once(tests, 'exit');
  if (code !== 0) {
    const only = options.only === '' ? '' : ` --only ${options.only}`;
    console.error(`seed ${seed} failed; again: npm run explore -- --seed ${seed}${only}`);
    process.exit(1);
  }
}
console.log(`${rounds} rounds passed`);
