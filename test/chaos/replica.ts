import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pollUntil } from '../../src/time/poll-until.js';
import { waitAtMost } from '../../src/time/within.js';
import { isLiving, killProcess, watchProcess, type LivingProcess } from './living-process.js';
import { serviceEnvironment, type Surroundings } from './service-environment.js';
import type { Workplace } from './workplace.js';

/** Relative to `dist-chaos/test/chaos`, where this runs. */
const PROGRAM = fileURLToPath(new URL('../../../dist/bundle/main.js', import.meta.url));
const LOOK_AGAIN_MS = 150;
/** The delay before a process that ended by itself is started again, as by a supervisor. */
const SUPERVISOR_MS = 500;

/** A service process that ended without being asked to. */
export interface Death {
  replica: number;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether it had been ready before, so that it did not just fail to start. */
  hadServed: boolean;
  at: Date;
}

/** A replica: when its process ends, the next one is started at once on the same port. */
export class Replica {
  readonly url: string;
  readonly deaths: Death[] = [];
  starts = 0;
  private running: LivingProcess | null = null;
  private served = false;
  private stopped = false;
  private paused: Promise<void> | null = null;
  private killing: Promise<void> = Promise.resolve();

  constructor(
    readonly number: number,
    private readonly port: number,
    private readonly surroundings: Surroundings,
    private readonly place: Workplace,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Set while the process is stopped by a signal. */
  get pause(): Promise<void> | null {
    return this.paused;
  }

  get isReady(): boolean {
    return this.served && this.paused === null;
  }

  launch(): void {
    if (this.stopped) return;
    this.starts += 1;
    this.served = false;
    const cwd = this.place.file(`replica-${this.number}`);
    mkdirSync(cwd, { recursive: true });
    const launched = this.place.withLog(`replica-${this.number}`, (log) =>
      watchProcess(
        spawn(process.execPath, [PROGRAM], {
          cwd,
          env: serviceEnvironment(this.surroundings, this.port),
          stdio: ['ignore', log, log],
          detached: true,
        }),
      ),
    );
    this.running = launched;
    void launched.ended.then(() => this.afterEnd(launched));
    void this.watchForReady(launched);
  }

  /** `kill -9`; the next process is started at once. Concurrent kills are done one after the other, or two would be started. */
  kill(): Promise<void> {
    this.killing = this.killing.then(() => this.killOnce());
    return this.killing;
  }

  /** Stops the process by a signal for this long. A kill ends the pause earlier. */
  standStill(seconds: number): Promise<void> {
    const { running } = this;
    if (!running || !isLiving(running)) return Promise.resolve();
    running.child.kill('SIGSTOP');
    const over = waitAtMost(seconds * 1000, running.ended).then(() => {
      running.child.kill('SIGCONT');
      if (this.paused === over) this.paused = null;
    });
    this.paused = over;
    return over;
  }

  /** Resolves when the replica is ready, or after this many seconds. */
  async untilReady(seconds: number, signal: AbortSignal): Promise<boolean> {
    await pollUntil(() => this.isReady || undefined, { everyMs: LOOK_AGAIN_MS, withinMs: seconds * 1000, signal });
    return this.isReady;
  }

  /** Stops the replica as an operator does. Resolves with its exit code, or null when it had to be killed. */
  async stop(graceSeconds: number): Promise<number | null> {
    this.stopped = true;
    const { running } = this;
    if (!running) return null;
    running.child.kill('SIGTERM');
    await waitAtMost(graceSeconds * 1000, running.ended);
    await killProcess(running);
    return running.child.exitCode;
  }

  /** Kills the process without starting another. */
  async end(): Promise<void> {
    this.stopped = true;
    if (this.running) await killProcess(this.running);
  }

  private async killOnce(): Promise<void> {
    const killed = this.running;
    this.running = null;
    if (killed) await killProcess(killed);
    this.launch();
  }

  private async afterEnd(ended: LivingProcess): Promise<void> {
    // a process that we killed is no longer the current one
    if (this.stopped || this.running !== ended) return;
    const { exitCode: code, signalCode: signal } = ended.child;
    this.deaths.push({ replica: this.number, code, signal, hadServed: this.served, at: new Date() });
    await sleep(SUPERVISOR_MS);
    // a kill meanwhile has started the next process already
    if (this.running === ended) this.launch();
  }

  private async watchForReady(launched: LivingProcess): Promise<void> {
    while (this.running === launched && isLiving(launched) && !this.served) {
      const isUp = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
        async (answer) => {
          await answer.body?.cancel();
          return answer.ok;
        },
        () => false,
      );
      if (isUp && this.running === launched) this.served = true;
      else await sleep(LOOK_AGAIN_MS);
    }
  }
}
