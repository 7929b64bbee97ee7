import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from './chance.js';
import type { ChaosOptions } from './options.js';
import type { Postgres } from './postgres.js';
import type { Replica } from './replica.js';

/** The share of kills that hit a starting process. */
const KILLED_WHILE_STARTING = 0.15;
/** The share of kills that hit a second replica at the same time. */
const KILLED_TOGETHER = 0.15;
/** The share of pauses that end in a kill. After the others the process continues, with time to do harm. */
const KILLED_WHILE_PAUSED = 0.2;
const LIFE_SECONDS: [from: number, to: number] = [1, 8];
const PAUSE_SECONDS: [from: number, to: number] = [1, 25];
const DATABASE_AWAY_SECONDS: [from: number, to: number] = [0.05, 3];
/** A replica that is not ready after this time is killed nevertheless. */
const READY_SECONDS = 30;
const LOOK_AGAIN_MS = 100;

/** Kills and pauses processes, as the seed says, until the wanted counts are reached. Never two kills of PostgreSQL at once. */
export class Storm {
  readonly done = { kills: 0, databaseKills: 0, pauses: 0, longPauses: 0 };
  private killsGiven = 0;

  constructor(
    private readonly wanted: ChaosOptions,
    private readonly replicas: readonly Replica[],
    private readonly database: Postgres,
    private readonly signal: AbortSignal,
  ) {}

  async rage(): Promise<void> {
    await Promise.all([
      ...this.replicas.map((replica) => this.killAgainAndAgain(replica)),
      this.killDatabase(),
      this.pause(),
    ]);
  }

  private async killAgainAndAgain(replica: Replica): Promise<void> {
    const chance = new Chance(this.wanted.seed, `kills of replica ${replica.number}`);
    while (this.mayKill()) {
      if (chance.happens(KILLED_WHILE_STARTING)) await this.wait(chance.between(0.1, 2));
      else {
        await replica.untilReady(READY_SECONDS, this.signal);
        await this.wait(chance.bent(...LIFE_SECONDS, 2.5));
      }
      const { pause } = replica;
      if (pause !== null && !chance.happens(KILLED_WHILE_PAUSED)) {
        await pause;
        await this.wait(chance.between(0.5, 3));
      }
      if (this.signal.aborted || !this.takeKill()) return;
      const others = this.replicas.filter((other) => other !== replica);
      const second = chance.happens(KILLED_TOGETHER) ? chance.pick(others) : undefined;
      const both = second && this.takeKill() ? [replica, second] : [replica];
      await Promise.all(both.map((victim) => victim.kill()));
      this.done.kills += both.length;
    }
  }

  private async killDatabase(): Promise<void> {
    const chance = new Chance(this.wanted.seed, 'kills of the database');
    for (const place of chance.places(this.wanted.databaseKills, this.wanted.kills)) {
      await this.untilKills(place);
      await this.wait(chance.between(0, 2));
      if (this.signal.aborted) return;
      await this.database.kill();
      this.done.databaseKills += 1;
      await this.wait(chance.bent(...DATABASE_AWAY_SECONDS, 2));
      await this.database.start();
    }
  }

  private async pause(): Promise<void> {
    const chance = new Chance(this.wanted.seed, 'pauses');
    const pauses: Promise<void>[] = [];
    for (const place of chance.places(this.wanted.pauses, this.wanted.kills)) {
      await this.untilKills(place);
      await this.wait(chance.between(0, 1));
      const replica = await this.somebodyReady(chance);
      if (!replica) return;
      const seconds = chance.bent(...PAUSE_SECONDS, 2.5);
      pauses.push(replica.standStill(seconds));
      this.done.pauses += 1;
      if (seconds > 10) this.done.longPauses += 1;
    }
    await Promise.all(pauses);
  }

  private async somebodyReady(chance: Chance): Promise<Replica | undefined> {
    while (!this.signal.aborted) {
      const ready = this.replicas.filter(({ isReady }) => isReady);
      if (ready.length > 0) return chance.pick(ready);
      await this.wait(LOOK_AGAIN_MS / 1000);
    }
    return undefined;
  }

  private mayKill(): boolean {
    return this.killsGiven < this.wanted.kills && !this.signal.aborted;
  }

  private takeKill(): boolean {
    if (!this.mayKill()) return false;
    this.killsGiven += 1;
    return true;
  }

  private async untilKills(count: number): Promise<void> {
    while (this.done.kills < count && !this.signal.aborted) await this.wait(LOOK_AGAIN_MS / 1000);
  }

  private wait(seconds: number): Promise<void> {
    return sleep(seconds * 1000, undefined, { signal: this.signal }).catch(() => undefined);
  }
}
