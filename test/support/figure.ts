/**
 * Figures for people. Measured times leave this file only as text, so that no test can judge by them and fail on a slow machine.
 */
import { percentile } from './percentile.js';

/** Starts a measurement. The returned function prints a line with the seconds since then. */
export const beginFigure = (): ((line: (seconds: string) => string) => void) => {
  const began = performance.now();
  return (line) => {
    console.log(`FIGURE ${line(((performance.now() - began) / 1000).toFixed(1))}`);
  };
};

/** The durations of many similar operations. */
export class Latencies {
  private readonly ms: number[] = [];

  /** Measures an operation. Failed ones are not counted. */
  async measure<T>(act: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await act();
    this.ms.push(performance.now() - began);
    return result;
  }

  /** The longest duration, such as "3.1 s". */
  get longest(): string {
    return `${(percentile(this.ms, 1) / 1000).toFixed(1)} s`;
  }

  /** One percentile, such as "p95 120 ms". */
  at(share: number): string {
    return `p${Math.round(share * 100)} ${percentile(this.ms, share).toFixed(0)} ms`;
  }

  /** Percentiles, such as "p50 3 ms, p99 12 ms". */
  toString(): string {
    return [0.5, 0.99].map((share) => `p${share * 100} ${percentile(this.ms, share).toFixed(0)} ms`).join(', ');
  }
}

/** Delays that were measured by two clocks, such as the time of an event and that of its arrival. */
export class Delays {
  private readonly ms: number[] = [];

  /** The time of arrival, for {@link add}. */
  static now(): number {
    return Date.now();
  }

  add(ms: number): void {
    this.ms.push(ms);
  }

  toString(): string {
    return [0.5, 0.95, 0.99].map((share) => `p${share * 100} ${percentile(this.ms, share).toFixed(0)} ms`).join(', ');
  }
}
