/** The simulator's time, in milliseconds since 1970. */
export interface SimulatorClock {
  now(): number;
  /** Runs `act` once after this time. The returned function cancels it. */
  after(ms: number, act: () => void): () => void;
}

export const WALL_CLOCK: SimulatorClock = {
  now: () => Date.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** A clock that only a test moves. */
export class ManualClock implements SimulatorClock {
  private due: { at: number; act: () => void }[] = [];

  constructor(private time = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.time;
  }

  after(ms: number, act: () => void): () => void {
    const entry = { at: this.time + ms, act };
    this.due.push(entry);
    return () => {
      this.due = this.due.filter((other) => other !== entry);
    };
  }

  /** Moves the clock and runs due timers in order. Promises that they start may end later: await `novita.settled()`. */
  tick(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.due.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.due = this.due.filter((entry) => entry !== next);
      this.time = Math.max(this.time, next.at);
      next.act();
    }
    this.time = end;
  }
}
