/** The only source of time. All code that decides or waits takes a clock through its constructor. */
export interface Clock {
  /** Wall-clock time, for what is stored and shown. */
  now(): Date;
  /** Milliseconds that never go backwards, for measuring durations. */
  monotonicMs(): number;
}

/** DI token for the clock of the process. */
export const CLOCK = Symbol('CLOCK');

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};

export const addSeconds = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);

export const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;

export const earliest = (times: readonly Date[]): Date => new Date(Math.min(...times.map((time) => time.getTime())));
export const latest = (times: readonly Date[]): Date => new Date(Math.max(...times.map((time) => time.getTime())));
