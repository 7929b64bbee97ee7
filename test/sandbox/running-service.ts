import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanUp } from './clean-up.js';
import type { DataPlace } from './data-place.js';
import type { KeeperMessage } from './service-keeper.js';

const READY_SECONDS = 60;
const LOOK_AGAIN_MS = 100;

export interface ServiceStart {
  /** The built service: `dist/bundle/main.js`. */
  program: string;
  place: DataPlace;
  environment: NodeJS.ProcessEnv;
  /** Writes the service's log to our output instead of the file. */
  verbose: boolean;
}

/** The built service as a process, under a keeper that outlives the sandbox. */
export class RunningService {
  /** Resolves with a reason when the service or its keeper ended without being asked to. */
  readonly ended: Promise<string>;
  private readonly keeper: ChildProcess;
  private readonly keeperGone: Promise<unknown>;
  private servicePid: number | null = null;

  constructor(private readonly start: ServiceStart) {
    const { program, place, environment, verbose } = start;
    const output = verbose ? 'inherit' : openSync(place.serviceLog, 'a');
    this.keeper = spawn(
      process.execPath,
      [
        path.join(import.meta.dirname, 'service-keeper.js'),
        ...[program, place.directory, place.temporary ? 'temporary' : 'kept'],
      ],
      { detached: true, env: environment, stdio: ['ignore', output, output, 'ipc'] },
    );
    this.keeperGone = once(this.keeper, 'exit').catch(() => undefined);
    this.ended = new Promise((resolve) => {
      this.keeper.on('message', (message: KeeperMessage) => {
        if ('started' in message) this.servicePid = message.started;
        else {
          this.servicePid = null;
          resolve(message.ended);
        }
      });
      void this.keeperGone.then(() => {
        resolve('its keeper was killed');
      });
    });
  }

  /** Resolves when `/health/ready` reports ready. Throws when the service ends before, or takes too long. */
  async untilReady(url: string, signal: AbortSignal): Promise<void> {
    const giveUp = AbortSignal.any([signal, AbortSignal.timeout(READY_SECONDS * 1000)]);
    const ready = async () => {
      for (;;) {
        giveUp.throwIfAborted();
        const answer = await fetch(`${url}/health/ready`, { signal: giveUp }).catch(() => null);
        await answer?.body?.cancel();
        if (answer?.ok === true) return;
        await sleep(LOOK_AGAIN_MS);
      }
    };
    const died = this.ended.then((reason) => {
      throw new Error(`The service ended while it started (${reason}).`);
    });
    await Promise.race([ready(), died]).catch((error: unknown) => {
      signal.throwIfAborted();
      throw giveUp.aborted ? new Error(`The service was not ready within ${READY_SECONDS} s.`) : error;
    });
  }

  /** Ends the service. Afterwards the service, its PostgreSQL and a temporary directory are gone. */
  async stop(): Promise<void> {
    if (this.keeper.connected) this.keeper.disconnect();
    await this.keeperGone;
    const { directory, temporary } = this.start.place;
    // does nothing unless the keeper itself was killed
    await cleanUp({ servicePid: this.keeper.exitCode === 0 ? null : this.servicePid, directory, temporary });
  }
}
