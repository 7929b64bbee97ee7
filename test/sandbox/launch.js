/**
 * `npm run sandbox`: builds what is out of date and runs test/sandbox. One process, so that npm's signals reach it, and
 * plain JavaScript, since nothing is built when it starts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
process.chdir(root);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());
endWithNpm();

const TYPESCRIPT = 'node_modules/@typescript/native/bin/tsc';
const NEST = 'node_modules/@nestjs/cli/bin/nest.js';
const ROLLDOWN = 'node_modules/rolldown/bin/cli.mjs';

/** What is made of what, and how. */
const SANDBOX = {
  name: 'the simulator',
  sources: ['test/novita-simulator', 'test/sandbox'],
  settings: ['test/tsconfig.sandbox.json', 'tsconfig.json', 'package-lock.json'],
  builtAt: (source) => source.replace(/^test/, 'dist-sandbox'),
  commands: [[TYPESCRIPT, '-p', 'test/tsconfig.sandbox.json']],
};
const SERVICE = {
  name: 'the service',
  sources: ['src'],
  settings: ['nest-cli.json', 'tsconfig.build.json', 'tsconfig.json', 'package-lock.json', '.ci/bundle.config.js'],
  builtAt: (source) => source.replace(/^src/, 'dist'),
  bundle: 'dist/bundle/main.js',
  commands: [
    [NEST, 'build', '-b', 'tsc'],
    [ROLLDOWN, '-c', '.ci/bundle.config.js'],
  ],
};

try {
  if (changedAt(TYPESCRIPT) === 0) throw new Error('Nothing is installed yet. Run: npm ci && npm run sandbox');
  await build(SANDBOX);
  const { runSandbox } = await import('../../dist-sandbox/sandbox/sandbox.js');
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

async function build({ name, commands, ...made }) {
  if (isUpToDate(made)) return;
  const startedAt = Date.now();
  process.stdout.write(`Building ${name} ...`);
  for (const command of commands) {
    const builder = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'], signal: stop.signal });
    let output = '';
    for (const stream of [builder.stdout, builder.stderr]) stream.on('data', (chunk) => (output += chunk));
    const [code] = await once(builder, 'close').catch(() => [null]);
    stop.signal.throwIfAborted();
    if (code !== 0) throw new Error(`\nThe build of ${name} failed:\n${output.trim()}`);
  }
  console.log(` ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Every source has a product, and no source or setting is younger than any product. A broken-off build is not. */
function isUpToDate({ sources, settings, builtAt, bundle }) {
  const inputs = sources
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => path.join(folder, file)))
    .filter((file) => /\.(ts|sql)$/.test(file) && !file.endsWith('.test.ts'));
  const youngest = Math.max(...[...inputs, ...settings].map(changedAt));
  const products = inputs.map((file) => builtAt(file).replace(/\.ts$/, '.js'));
  if (bundle) products.push(bundle);
  return products.every((file) => changedAt(file) >= youngest);
}

/** In milliseconds since 1970; 0 for a file that is not there. */
function changedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** npm that is killed tells nobody; that we have another parent then does. */
function endWithNpm() {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) stop.abort();
  }, 500).unref();
}
