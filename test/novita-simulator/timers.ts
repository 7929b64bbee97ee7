import type { SimulatorClock } from './simulator-clock.js';

/** One timer per key, and what timers set off by promise: nothing that nobody awaits is lost or outlives the simulator. */
export class Timers {
  /** Errors in work that nobody awaited. */
  readonly crashes: Error[] = [];
  private readonly cancels = new Map<string, () => void>();
  private readonly working = new Set<Promise<void>>();

  constructor(private readonly clock: SimulatorClock) {}

  /** Replaces the timer of this key. */
  set(key: string, ms: number, act: () => void): void {
    this.cancel(key);
    const cancel = this.clock.after(ms, () => {
      this.cancels.delete(key);
      act();
    });
    this.cancels.set(key, cancel);
  }

  cancel(key: string): void {
    this.cancels.get(key)?.();
    this.cancels.delete(key);
  }

  track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.crashes.push(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => this.working.delete(tracked));
    this.working.add(tracked);
  }

  /** Waits for all tracked work, and for what it sets off. */
  async settled(): Promise<void> {
    while (this.working.size > 0) await Promise.all(this.working);
  }

  async close(): Promise<void> {
    for (const cancel of this.cancels.values()) cancel();
    this.cancels.clear();
    await this.settled();
  }
}
