import { createHash } from 'node:crypto';
import { SeededRandom } from '../novita-simulator/seeded-random.js';

/** All that is left to chance, from one seed. Each who draws has a stream of its own, so that nobody's pace changes another's plan. */
export class Chance {
  private readonly random: SeededRandom;

  constructor(seed: number, drawer: string) {
    this.random = new SeededRandom(createHash('sha256').update(`${seed}/${drawer}`).digest().readInt32LE());
  }

  /** True with this probability. */
  happens(probability: number): boolean {
    return this.random.next() < probability;
  }

  between(low: number, high: number): number {
    return this.random.between(low, high);
  }

  /** Most draws lie near `low`, a few far out: `bend` 1 is even, 3 has half of them in the first eighth. */
  bent(low: number, high: number, bend: number): number {
    return low + (high - low) * this.random.next() ** bend;
  }

  whole(below: number): number {
    return Math.floor(this.random.next() * below);
  }

  /** One of them; undefined of none. */
  pick<T>(from: readonly T[]): T | undefined {
    return from[this.whole(from.length)];
  }

  /** `count` places in a course of `length`, in order. */
  places(count: number, length: number): number[] {
    return Array.from({ length: count }, () => this.whole(length)).sort((a, b) => a - b);
  }
}
