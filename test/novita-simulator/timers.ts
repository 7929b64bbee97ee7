import type { SimulatorClock } from './simulator-clock.js';

/** One timer for each key, and the promises that timers start: their errors are kept, and none outlives the simulator. */
export class Timers {
  /** Errors in work that was not awaited. */
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

  /** Waits for all tracked work, and for work that it starts. */
  async settled(): Promise<void> {
    while (this.working.size > 0) await Promise.all(this.working);
  }

  async close(): Promise<void> {
    for (const cancel of this.cancels.values()) cancel();
    this.cancels.clear();
    await this.settled();
  }
}
