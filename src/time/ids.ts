import { randomInt } from 'node:crypto';
import { ulid } from 'ulid';
import type { Clock } from './clock.js';

/** Returns a number in [0, 1). The only source of randomness. */
export type Random = () => number;

/** DI token for the source of randomness of the process. */
export const RANDOM = Symbol('RANDOM');

const RANDOM_STEPS = 2 ** 47;

export const systemRandom: Random = () => randomInt(RANDOM_STEPS) / RANDOM_STEPS;

/** Makes ULIDs: 26 Crockford base-32 characters that sort by the time they were made. */
export class Ids {
  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  ulid(): string {
    return ulid(this.clock.now().getTime(), this.random);
  }
}
