import type { ClockRecord, SharedClock } from '../../src/time/shared-clock.js';
import type { SeededRandom } from './seeded-random.js';
import type { SimWorld } from './sim-world.js';

/** How often a replica reads the database's clock. */
const LOOK_MS = 10_000;
/** How many seconds a replica's clock comes nearer to the database's in each second. */
const SLEW = 0.1;

/** The database's clock, which may jump and come back, and the record that replicas keep of it. */
export class SimClocks {
  private jumpedByMs = 0;
  private record: ClockRecord | null = null;

  constructor(
    private readonly world: SimWorld,
    readonly random: SeededRandom,
  ) {}

  databaseMs(): number {
    return this.world.time.now + this.jumpedByMs;
  }

  /** How wrong a replica's clock may become while the database's clock is wrong for so long. */
  static aheadMs(forMs: number): number {
    return SLEW * (forMs + LOOK_MS);
  }

  jump(byMs: number, forMs: number): void {
    this.world.count('the clock of the database jumped');
    this.set(byMs);
    this.world.time.after(forMs, () => this.set(0));
  }

  resume(clock: SharedClock): void {
    if (this.record) clock.resume(this.record);
  }

  keep(clock: SharedClock): void {
    if (this.record) clock.follow(this.record);
    this.record = clock.record();
  }

  private set(byMs: number): void {
    const { world } = this;
    world.trace(`the database's clock is ${Math.round(byMs / 1000)} s ahead`);
    const [first] = world.allReplicas();
    this.jumpedByMs = byMs;
    // a replica that started before the jump is noticed would take the new time for right; that moment is too short to be met here
    if (first) {
      const sharedTime = first.clock.now();
      this.record = { databaseTime: new Date(this.databaseMs()), sharedTime };
    }
    for (const replica of world.allReplicas()) replica.lookAtClockWithin(LOOK_MS);
  }
}
