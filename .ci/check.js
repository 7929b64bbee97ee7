/**
 * `npm run check`: everything that can be said of the code without running the product. Two at a time, the longest first;
 * prints one line per check, and the whole output of those that fail.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { delimiter } from 'node:path';

const PATH = ['node_modules/.bin', process.env.PATH].join(delimiter);

/** The longest first. `openapi` reads the built service, so it builds it. */
const CHECKS = [
  ['lint', 'oxlint'],
  ['lint by our own rules', 'eslint', '.', '--max-warnings', '0'],
  ['build and openapi', 'npm', 'run', '--silent', 'openapi:check'],
  ['types', 'tsc', '--noEmit', '-p', 'tsconfig.json'],
  ['schema', 'vitest', 'run', 'test/integration/schema-snapshot.test.ts'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['import law', 'depcruise', 'src', 'test', '--config', '.dependency-cruiser.cjs'],
  ['unused code', 'knip', '--no-progress'],
  ['openapi lint', 'npm', 'run', '--silent', 'lint:openapi'],
];

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1).padStart(5);

const run = ([name, command, ...args]) =>
  new Promise((resolve) => {
    const since = performance.now();
    const output = [];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH } });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.once('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.once('close', (code) => {
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${seconds(since)} s  ${name}`);
      if (code !== 0) console.log(Buffer.concat(output).toString());
      resolve(code === 0);
    });
  });

const twoAtATime = async (checks) => {
  const waiting = [...checks];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) results.push(await run(check));
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
};

const started = performance.now();
const results = [];
// the typed client's driver cannot be judged without the client, which is not kept
await run(['client', 'npm', 'run', '--silent', 'client:generate']).then((ok) => results.push(ok));
await twoAtATime(CHECKS);
const failed = results.filter((ok) => !ok).length;
console.log(`${results.length - failed} checks passed, ${failed} failed, in ${seconds(started).trim()} s`);
process.exit(failed === 0 ? 0 : 1);
