/**
 * `npm run sandbox`: builds what is out of date and runs test/sandbox. One process, so that npm's signals reach it, and
 * plain JavaScript, since nothing is built when it starts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
process.chdir(root);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
endWithNpm();

const TYPESCRIPT = 'node_modules/typescript/bin/tsc';
const NEST = 'node_modules/@nestjs/cli/bin/nest.js';

/** What is made of what, and how. A build is up to date when nothing that it was made of is newer. */
const SANDBOX = {
  name: 'the simulator',
  folder: 'dist-sandbox',
  madeOf: ['test/novita-simulator', 'test/sandbox', 'test/tsconfig.sandbox.json', 'tsconfig.json', 'package-lock.json'],
  command: [TYPESCRIPT, '-p', 'test/tsconfig.sandbox.json'],
};
const SERVICE = {
  name: 'the service',
  folder: 'dist',
  madeOf: ['src', 'nest-cli.json', 'tsconfig.build.json', 'tsconfig.json', 'package-lock.json'],
  command: [NEST, 'build', '-b', 'tsc'],
};

try {
  await build(SANDBOX);
  const { runSandbox } = await import('../dist-sandbox/sandbox/sandbox.js');
  process.exitCode = await runSandbox(process.argv.slice(2), {
    root,
    signal: stop.signal,
    buildService: () => build(SERVICE),
  });
} catch (error) {
  if (!stop.signal.aborted) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
// a fetch that was called off may keep a socket for a while
process.exit();

async function build({ name, folder, madeOf, command }) {
  const stamp = path.join(folder, '.built-at');
  const startedAt = Date.now();
  if (newest(madeOf) < readStamp(stamp)) return;
  process.stdout.write(`Building ${name} ...`);
  // without the stamp, a build that is broken off is never taken for a whole one
  rmSync(stamp, { force: true });
  const compiler = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'], signal: stop.signal });
  let output = '';
  for (const stream of [compiler.stdout, compiler.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(compiler, 'close').catch(() => [null]);
  stop.signal.throwIfAborted();
  if (code !== 0) throw new Error(`\nThe build of ${name} failed:\n${output.trim()}`);
  writeFileSync(stamp, String(startedAt));
  console.log(` ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

function readStamp(stamp) {
  try {
    return Number(readFileSync(stamp, 'utf8'));
  } catch {
    return 0;
  }
}

/** When the youngest of these files and folders was changed, in milliseconds since 1970. */
function newest(files) {
  return Math.max(
    ...files.map((file) => {
      const { mtimeMs } = statSync(file);
      if (!statSync(file).isDirectory()) return mtimeMs;
      return Math.max(mtimeMs, newest([...readdirSync(file)].map((name) => path.join(file, name))));
    }),
  );
}

/** npm that is killed tells nobody; that we have another parent then does. */
function endWithNpm() {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) stop.abort();
  }, 500).unref();
}
