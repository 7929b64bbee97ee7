import type { SeededRandom } from './seeded-random.js';

/** Ids of everything but machines: the same seed gives the same ids, and those of machines do not depend on these. */
export class NewIds {
  constructor(private readonly random: SeededRandom) {}

  /** A decimal id that none of these has. */
  decimal(taken: readonly { id: string }[]): string {
    for (;;) {
      const id = `2${this.random.text(5, '0123456789')}`;
      if (!taken.some((other) => other.id === id)) return id;
    }
  }

  uuid(): string {
    const hex = (length: number) => this.random.text(length, '0123456789abcdef');
    return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  }
}
