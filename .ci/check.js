/**
 * `npm run check`: everything that can be said of the code without running the product. Two at a time, the longest first;
 * prints one line per check, and the whole output of those that fail.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

const CHECKS = [
  ['lint', 'eslint', '.', '--max-warnings', '0', '--cache', '--cache-location', 'node_modules/.cache/eslint/'],
  ['types', 'tsc', '--noEmit', '-p', 'tsconfig.json'],
  ['openapi', 'npm', 'run', '--silent', 'openapi:check'],
  ['schema', 'vitest', 'run', 'test/integration/schema-snapshot.test.ts'],
  ['openapi lint', 'npm', 'run', '--silent', 'lint:openapi'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.', '--cache', '--cache-location', 'node_modules/.cache/prettier'],
  ['import law', 'depcruise', 'src', 'test', '--config', '.dependency-cruiser.cjs'],
  ['unused code', 'knip', '--no-progress'],
];

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1).padStart(5);

const run = ([name, command, ...args]) =>
  new Promise((resolve) => {
    const since = performance.now();
    const output = [];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: false });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.once('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.once('close', (code) => {
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${seconds(since)} s  ${name}`);
      if (code !== 0) console.log(Buffer.concat(output).toString());
      resolve(code === 0);
    });
  });

const started = performance.now();
const waiting = [...CHECKS];
const results = [];
const worker = async () => {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) results.push(await run(check));
};
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
const failed = results.filter((ok) => !ok).length;
console.log(`${results.length - failed} checks passed, ${failed} failed, in ${seconds(started).trim()} s`);
process.exit(failed === 0 ? 0 : 1);
