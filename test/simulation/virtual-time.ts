import type { SeededRandom } from './seeded-random.js';

/** The time at which each world begins. */
export const WORLD_BEGAN_MS = Date.UTC(2026, 0, 1, 10);

interface Event {
  at: number;
  /** Drawn from the seed: of two events at one time, either may come first. */
  tie: number;
  run: () => void;
  isCancelled: boolean;
}

/** A queue of everything that is going to happen, in the order of virtual time. */
export class VirtualTime {
  /** Milliseconds since 1970. */
  now = WORLD_BEGAN_MS;
  events = 0;
  private readonly heap: Event[] = [];

  constructor(private readonly random: SeededRandom) {}

  /**
   * Plans `run`. The function that it returns cancels it.
   * @param ties random numbers for the ties, for work that must not change the order of the rest
   */
  after(ms: number, run: () => void, ties = this.random): () => void {
    const event: Event = { at: this.now + Math.max(0, ms), tie: ties.next(), run, isCancelled: false };
    this.push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  /** Runs everything until then. After each event, all promises that it settles are followed to their end before the next event. */
  async runUntil(endMs: number, afterEach: () => void): Promise<void> {
    // without this the first tick would come before the microtasks, when the caller is no promise
    await Promise.resolve();
    for (let next = this.heap[0]; next && next.at <= endMs; next = this.heap[0]) {
      this.pop();
      if (next.isCancelled) continue;
      this.now = Math.max(this.now, next.at);
      this.events += 1;
      next.run();
      await settled();
      afterEach();
    }
    this.now = endMs;
  }

  /** Replaces the global timers and clock, for libraries that know no other. */
  replaceGlobals(): void {
    const cancels = new Map<number, () => void>();
    let lastId = 0;
    const globals = globalThis as unknown as Record<string, unknown>;
    globals.setTimeout = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
      const id = ++lastId;
      cancels.set(
        id,
        this.after(ms, () => {
          cancels.delete(id);
          run(...args);
        }),
      );
      return id;
    };
    globals.clearTimeout = (id: number) => {
      cancels.get(id)?.();
      cancels.delete(id);
    };
    // a caller that first reads what has arrived waits for the next turn: in virtual time nothing arrives within a moment
    globals.setImmediate = (run: () => void) => globals.setTimeout && (globals.setTimeout as typeof setTimeout)(run, 0);
    globals.clearImmediate = globals.clearTimeout;
    Date.now = () => this.now;
  }

  /** Forgets everything that was planned. */
  clear(): void {
    this.heap.length = 0;
  }

  private push(event: Event): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || !isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = heap[child];
      if (!left) break;
      const right = heap[child + 1];
      if (right && isBefore(right, left)) child += 1;
      const smaller = heap[child];
      if (!smaller || isBefore(last, smaller)) break;
      heap[at] = smaller;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie);

/**
 * Resolves when every promise that can go on without time has gone on: a tick waits until no microtask is left. A turn of the event
 * loop would do the same, and costs a system call for each event.
 */
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    process.nextTick(resolve);
  });
