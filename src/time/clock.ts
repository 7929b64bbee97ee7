/** The only source of time. Everything that decides or waits takes one through its constructor. */
export interface Clock {
  /** Wall time, for what is stored and shown. */
  now(): Date;
  /** Milliseconds that never go backwards, for measuring how long something took. */
  monotonicMs(): number;
}

/** DI token for the process's clock. */
export const CLOCK = Symbol('CLOCK');

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};

export const addSeconds = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);

export const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;
