import { createHash } from 'node:crypto';
import { SeededRandom } from '../novita-simulator/seeded-random.js';

/** All randomness, from one seed. Each user has its own stream, so that the speed of one does not change the others. */
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

  /** A skewed number: most are near `low`. `bend` 1 is uniform; with 3, half of them are in the first eighth. */
  bent(low: number, high: number, bend: number): number {
    return low + (high - low) * this.random.next() ** bend;
  }

  whole(below: number): number {
    return Math.floor(this.random.next() * below);
  }

  /** A random item, or undefined when there are none. */
  pick<T>(from: readonly T[]): T | undefined {
    return from[this.whole(from.length)];
  }

  /** `count` sorted positions in a range of `length`. */
  places(count: number, length: number): number[] {
    return Array.from({ length: count }, () => this.whole(length)).sort((a, b) => a - b);
  }
}
