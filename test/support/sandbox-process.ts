import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** The real command `npm run sandbox`, in a process group of its own, as in a terminal. */
export class SandboxProcess {
  private output = '';
  private readonly child: ChildProcess;
  private processes: number[] = [];

  constructor(...args: string[]) {
    this.child = spawn('npm', ['run', 'sandbox', '--', '--port', '0', ...args], {
      cwd: PROJECT,
      // without variables of vitest such as NODE_ENV, which users do not have
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
  }

  /** Resolves when the sandbox says that it is ready, which it does once `/health/ready` answers 200. */
  async untilReady(): Promise<this> {
    await eventually('the sandbox is ready', () => {
      if (this.child.exitCode !== null) throw new Error(`the sandbox ended: ${this.output}`);
      return this.output.includes('Ctrl-C');
    }).catch((cause: unknown) => {
      throw new Error(`the sandbox is not ready: ${this.output}`, { cause });
    });
    this.processes = [...(await this.descendants()), this.postmaster()];
    return this;
  }

  /** Everything that was printed so far. */
  get printed(): string {
    return this.output;
  }

  get apiUrl(): string {
    return this.find(/API +(\S+)\/api\n/);
  }

  get simulatorUrl(): string {
    return this.find(/Simulator +(\S+)/);
  }

  get dataDir(): string {
    return this.find(/Data +(\S+)/);
  }

  /** The process of the service itself. */
  get servicePid(): number {
    const pid = this.processes.at(-2);
    if (pid === undefined) throw new Error('the service has not started');
    return pid;
  }

  /** Acts like Ctrl-C in a terminal: the signal goes to npm and to everything in its process group. */
  signalGroup(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined) process.kill(-this.child.pid, signal);
  }

  /** The exit code of npm, or null when it was killed. */
  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  /** What is left: living processes, and a directory. */
  async remains(): Promise<string[]> {
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,stat=']);
    // state Z: the process has ended, but init has not reaped it yet
    const living = new Set(
      stdout
        .split('\n')
        .filter((line) => !/Z/.test(line))
        .map(parseFloat),
    );
    const alive = this.processes.filter((pid) => living.has(pid)).map((pid) => `process ${pid}`);
    return existsSync(this.dataDir) ? [...alive, this.dataDir] : alive;
  }

  /** Cleans up after a failed test. The keeper does the rest. */
  kill(): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.signalGroup('SIGKILL');
  }

  /** npm, then each child of the process before: the sandbox, the keeper, the service. */
  private async descendants(): Promise<number[]> {
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number));
    const below = (parent: number): number[] =>
      rows.flatMap(([pid = 0, of]) => (of === parent ? [pid, ...below(pid)] : []));
    const npm = this.child.pid ?? 0;
    return [npm, ...below(npm)];
  }

  private postmaster(): number {
    return Number(readFileSync(path.join(this.dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  private find(pattern: RegExp): string {
    const [, found] = pattern.exec(this.output) ?? [];
    if (found === undefined) throw new Error(`the sandbox did not print ${pattern.source}: ${this.output}`);
    return found;
  }
}
