/**
 * `npm run prove:suite -- RUNS`: runs `npm test` so many times (ten unless told) while eight processes keep the processors busy, and
 * prints how many runs passed. A test that judges the clock does not survive it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const RUNS = Number(process.argv[2] ?? 10);
const LOAD = 8;
/** Ends by itself when its parent has gone, however that came about. */
const BUSY = `const parent = ${process.pid}; while (process.ppid === parent) for (let turn = 0; turn < 1e7; turn++);`;

const loops = Array.from({ length: LOAD }, () => spawn(process.execPath, ['-e', BUSY], { stdio: 'ignore' }));
let passed = 0;
try {
  for (let run = 1; run <= RUNS; run++) {
    const suite = spawn('npm', ['test', '--', '--reporter=dot'], { stdio: 'inherit' });
    const [code] = await once(suite, 'exit');
    if (code === 0) passed++;
    console.log(`run ${run}: ${code === 0 ? 'passed' : 'FAILED'}; ${passed} of ${run} passed`);
  }
} finally {
  for (const loop of loops) loop.kill('SIGKILL');
}
console.log(`${passed} of ${RUNS} runs of the suite passed under a load of ${LOAD}`);
process.exit(passed === RUNS ? 0 : 1);
