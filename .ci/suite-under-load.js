/** `npm run prove:suite`: the suite again and again on a busy machine. A test that judges the clock does not survive it. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

const HELP = `npm run prove:suite -- [RUNS] [options]

  Runs npm test so many times (10 unless told) on a machine whose load is held: busy loops are added to what the tests
  themselves use, and taken away, so that N threads are ready to run at any time. Prints of a run that failed the tests that did.

  --load N    threads that are ready to run at any time (8)
  --beside N  suites that run at once, in this folder (1)
  --log DIR   keeps the output of each run here (default: a temporary folder, whose name is printed)
  --help
`;
/** The number of threads that are ready to run changes from one moment to the next: often, and only the mean of some looks counts. */
const LOOK_EVERY_MS = 200;
const WEIGHT_OF_A_LOOK = 0.1;
/** Some hundredths of a second for each turn, after which a loop looks whether it is still wanted. */
const BUSY = `
  const { active, number } = require('node:worker_threads').workerData;
  for (;;) {
    const wanted = Atomics.load(active, 0);
    if (number >= wanted) Atomics.wait(active, 0, wanted);
    else for (let turn = 0; turn < 1e7; turn++);
  }`;

const misused = (what) => {
  console.error(`${what}\n\n${HELP}`);
  process.exit(2);
};
const wholeNumber = (name, text) =>
  /^[1-9]\d{0,2}$/.test(text) ? Number(text) : misused(`${name} is a whole number from 1`);

const read = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        load: { type: 'string', default: '8' },
        beside: { type: 'string', default: '1' },
        log: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return misused(error.message);
  }
};
const { values, positionals } = read();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
if (positionals.length > 1) misused(`what is ${positionals[1]}?`);
const runs = wholeNumber('RUNS', positionals[0] ?? '10');
const load = wholeNumber('--load', values.load);
const beside = wholeNumber('--beside', values.beside);
if (values.log) mkdirSync(values.log, { recursive: true });
const logs = path.resolve(values.log ?? mkdtempSync(path.join(tmpdir(), 'novitai-suite-')));

/** Holds the load by threads of this process, which end with it however that comes about. */
class HeldLoad {
  /** How many of the loops run. */
  #active = new Int32Array(new SharedArrayBuffer(4));
  #others = 0;
  #looks = 0;
  #sumOfAverages = 0;
  #sumOfReady = 0;

  constructor() {
    for (let number = 0; number < load; number++) {
      const loop = new Worker(BUSY, { eval: true, workerData: { active: this.#active, number } });
      loop.unref();
    }
    this.#hold(load);
    setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** What was seen, in words. */
  get figure() {
    const [average, ready] = [this.#sumOfAverages, this.#sumOfReady].map((sum) => (sum / this.#looks).toFixed(1));
    return `a load average of ${average} (${ready} threads ready to run)`;
  }

  #look() {
    const [average, , , threads] = readFileSync('/proc/loadavg', 'utf8').split(' ');
    // but for this one, which looks
    const ready = parseInt(threads) - 1;
    this.#looks++;
    this.#sumOfAverages += Number(average);
    this.#sumOfReady += ready;
    this.#others += WEIGHT_OF_A_LOOK * (ready - this.#active[0] - this.#others);
    this.#hold(Math.max(1, load - Math.round(this.#others)));
  }

  #hold(loops) {
    Atomics.store(this.#active, 0, loops);
    Atomics.notify(this.#active, 0);
  }
}

const suites = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const suite of suites) suite.kill(signal);
    process.exit(1);
  });
}

/** Whether it passed. */
const runSuite = async (run) => {
  const log = path.join(logs, `run-${run}.log`);
  const report = path.join(logs, `run-${run}.json`);
  // with --ignore-scripts npm leaves out the building before the tests
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const suite = spawn('npm', ['test', '--ignore-scripts', '--', ...reporters], { stdio: ['ignore', 'pipe', 'pipe'] });
  suites.add(suite);
  const output = createWriteStream(log);
  for (const stream of [suite.stdout, suite.stderr]) stream.pipe(output, { end: false });
  const [code] = await once(suite, 'close');
  output.end();
  suites.delete(suite);
  if (code === 0) return true;
  console.log(`run ${run} FAILED, see ${log}`);
  const told = spawn(process.execPath, [path.join(import.meta.dirname, 'failed-tests.js'), report], {
    stdio: 'inherit',
  });
  await once(told, 'exit');
  return false;
};

// once for all, and never while a suite runs: what one of them made would be half made for another
for (const script of ['build', 'build:sandbox', 'client:generate']) {
  execFileSync('npm', ['run', '--silent', script], { stdio: 'inherit' });
}
console.log(`${runs} runs of the suite, ${beside} at once; what they print is in ${logs}`);
const held = new HeldLoad();
const began = performance.now();
let begun = 0;
let ended = 0;
let passed = 0;
const oneAfterTheOther = async () => {
  while (begun < runs) {
    const run = ++begun;
    const since = performance.now();
    if (await runSuite(run)) passed++;
    const minutes = ((performance.now() - since) / 60_000).toFixed(1);
    console.log(`run ${run} took ${minutes} minutes; ${passed} of ${++ended} passed`);
  }
};
await Promise.all(Array.from({ length: beside }, oneAfterTheOther));
const minutes = ((performance.now() - began) / 60_000).toFixed(0);
console.log(`FIGURE ${passed} of ${runs} runs of the suite passed in ${minutes} minutes, under ${held.figure}`);
process.exitCode = passed === runs ? 0 : 1;
