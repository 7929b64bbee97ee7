/**
 * Figures for people to read. Measured times leave this file as text only: a test that could compute with them might judge by them,
 * and fail because the machine is slow.
 */
import { percentile } from './percentile.js';

/** Begins to measure. What it returns prints a line that tells the seconds since then. */
export const beginFigure = (): ((line: (seconds: string) => string) => void) => {
  const began = performance.now();
  return (line) => {
    console.log(`FIGURE ${line(((performance.now() - began) / 1000).toFixed(1))}`);
  };
};

/** How long each of many like things took. */
export class Latencies {
  private readonly ms: number[] = [];

  /** Only what succeeds is counted. */
  async measure<T>(act: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await act();
    this.ms.push(performance.now() - began);
    return result;
  }

  /** Such as "3.1 s": the longest of them. */
  get longest(): string {
    return `${(percentile(this.ms, 1) / 1000).toFixed(1)} s`;
  }

  /** Such as "p50 3 ms, p99 12 ms". */
  toString(): string {
    return [0.5, 0.99].map((share) => `p${share * 100} ${percentile(this.ms, share).toFixed(0)} ms`).join(', ');
  }
}
