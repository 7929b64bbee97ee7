import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

/** A folder without a .env file. */
const HERE = fileURLToPath(new URL('.', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/bundle/main.js', import.meta.url));

/** Where standard output goes: into `log`, into a socket that is never read, or to this descriptor. */
type Stdout = 'read' | 'unread' | number;

/** The built service in its own process, which can be killed. `npm test` builds it before. */
export class ServiceProcess {
  private readonly output: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    reads: boolean,
  ) {
    if (reads) this.readLog();
    child.stderr?.on('data', this.keep);
  }

  private readonly keep = (chunk: Buffer): void => {
    this.output.push(chunk.toString());
  };

  /** Begins to read standard output. */
  readLog(): void {
    this.child.stdout?.on('data', this.keep);
  }

  /** Resolves when the service reports that it is ready. */
  static async start(environment: Record<string, string>, cwd = HERE, stdout?: Stdout): Promise<ServiceProcess> {
    const service = await ServiceProcess.launch(environment, cwd, stdout);
    await service.untilReady();
    return service;
  }

  /** Does not wait until the service is ready. */
  static async launch(
    environment: Record<string, string>,
    cwd = HERE,
    stdout: Stdout = 'read',
  ): Promise<ServiceProcess> {
    if (!existsSync(MAIN))
      throw new Error('dist/bundle/main.js is missing: run `npm run build` first (`npm test` does)');
    const chosen = environment['PORT'] ?? String(await freePort());
    const child = spawn(process.execPath, [MAIN], {
      // only those variables of the environment that every process needs
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: chosen,
        HOST: '127.0.0.1',
        LOG_LEVEL: 'warn',
        // a busy machine is no overload of the service
        MAX_EVENT_LOOP_DELAY_MS: '0',
        ...environment,
      },
      cwd,
      stdio: ['ignore', typeof stdout === 'number' ? stdout : 'pipe', 'pipe'],
    });
    return new ServiceProcess(child, `http://127.0.0.1:${chosen}`, stdout === 'read');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resident memory in MB, according to the kernel. */
  async memoryMb(): Promise<number> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  }

  /** The exit code; null while the process runs, and when a signal ended it. */
  get exitCode(): number | null {
    return this.child.exitCode;
  }

  get log(): string {
    return this.output.join('');
  }

  private async untilReady(): Promise<void> {
    await eventually('the service is ready', async () => {
      if (this.child.exitCode !== null) throw new Error(`the service ended with ${this.child.exitCode}: ${this.log}`);
      return fetch(`${this.url}/health/ready`).then(
        ({ status }) => status === 200,
        () => false,
      );
    });
  }

  /** Sends a signal and waits for the end. Returns the exit code, or null when the process was killed. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = new Promise<number | null>((resolve) => {
      this.child.once('exit', (code) => {
        resolve(code);
      });
    });
    this.child.kill(signal);
    return ended;
  }
}
