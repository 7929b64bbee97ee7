import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Injectable, Inject, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Log } from '../../logging/log.js';
import { LOG } from '../../logging/logging.module.js';
import { ServerConfig } from '../../config/config.js';
import { INSTANCE_STORE, type InstanceStore } from '../store/instance-store.js';
import { FleetWatch } from '../../machines/sweep/fleet-watch.js';
import { Waker } from './waker.js';

const LEASE = 'fleet';
/** A dead leader is replaced after this. Longer delays every probe and deadline by as much. */
const LEASE_SECONDS = 8;
const LEASE_EVERY_MS = 2_000;
const WAKE_EVERY_MS = 200;
const WATCH_EVERY_MS = 250;
/** A machine that begins to move is noticed so much later, of the two seconds after which it is looked at. */
const WATCH_QUIET_FLEET_EVERY_MS = 1_000;

/**
 * Drives the fleet: on one replica at a time, by a lease in the database, wakes the instances whose time has come and looks at
 * the machines. Each loop waits for its own last round, so a slow Novita slows the looks and not the wake-ups.
 */
@Injectable()
export class FleetTimer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly holder = randomUUID();
  private readonly stopping = new AbortController();
  private readonly loops: Promise<void>[] = [];
  private leads = false;

  constructor(
    @Inject(INSTANCE_STORE) private readonly store: InstanceStore,
    private readonly waker: Waker,
    private readonly watch: FleetWatch,
    private readonly server: ServerConfig,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (this.server.role === 'api') return;
    this.loops.push(
      this.loop(
        () => LEASE_EVERY_MS,
        async () => {
          this.leads = await this.store.takeLease(LEASE, this.holder, LEASE_SECONDS);
        },
      ),
      this.loop(
        () => WAKE_EVERY_MS,
        () => (this.leads ? this.waker.tick() : Promise.resolve()),
      ),
      this.loop(
        () => (this.watch.isMoving ? WATCH_EVERY_MS : WATCH_QUIET_FLEET_EVERY_MS),
        () => (this.leads ? this.watch.tick() : Promise.resolve()),
      ),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
    if (this.leads) await this.store.releaseLease(LEASE, this.holder).catch(() => undefined);
  }

  private async loop(pauseMs: () => number, round: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await round();
      } catch (error) {
        // the database is away, most likely: the lease is as good as lost, and the next round tries again
        this.leads = false;
        this.log.warn({ err: error }, 'a round of the fleet timer failed');
      }
      await setTimeout(pauseMs(), undefined, { signal }).catch(() => undefined);
    }
  }
}
