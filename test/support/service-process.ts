import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

/** A place without a .env. */
const HERE = fileURLToPath(new URL('.', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The built service as a process of its own: what can be killed. `npm test` builds it before. */
export class ServiceProcess {
  private readonly output: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    const keep = (chunk: Buffer): void => {
      this.output.push(chunk.toString());
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  /** Resolves when it says that it is ready. */
  static async start(environment: Record<string, string>, cwd = HERE): Promise<ServiceProcess> {
    if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run `npm run build` first (`npm test` does)');
    const chosen = await freePort();
    const child = spawn(process.execPath, [MAIN], {
      // nothing of the tester's environment but what a process needs
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: String(chosen),
        HOST: '127.0.0.1',
        LOG_LEVEL: 'warn',
        ...environment,
      },
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const service = new ServiceProcess(child, `http://127.0.0.1:${chosen}`);
    await service.untilReady();
    return service;
  }

  get log(): string {
    return this.output.join('');
  }

  private async untilReady(): Promise<void> {
    await eventually(
      'the service is ready',
      async () => {
        if (this.child.exitCode !== null) throw new Error(`the service ended with ${this.child.exitCode}: ${this.log}`);
        return fetch(`${this.url}/health/ready`).then(
          ({ status }) => status === 200,
          () => false,
        );
      },
      60,
    );
  }

  /** Sends a signal and waits for the end; answers with the exit code, null when it was killed. */
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
