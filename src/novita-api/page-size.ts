import type { Clock } from '../time/clock.js';

/**
 * Rows on one page. Novita documents no maximum; 200 is the largest page that a known client asks for. Larger pages mean that fewer fleets
 * need a second page, and only lists of several pages can change while they are read.
 */
const LARGEST = 200;
const SMALLEST = 10;
const FORGET_AFTER_MS = 3_600_000;

/** The page size of one list: halved when a page is refused or too large to read, and reset after an hour. */
export class PageSize {
  private size = LARGEST;
  private shrunkAtMs = 0;

  constructor(private readonly clock: Clock) {}

  current(): number {
    if (this.size < LARGEST && this.clock.monotonicMs() - this.shrunkAtMs >= FORGET_AFTER_MS) this.size = LARGEST;
    return this.size;
  }

  /** Halves the size. False: it is the smallest already. */
  shrink(): boolean {
    if (this.size <= SMALLEST) return false;
    this.size = Math.max(SMALLEST, Math.floor(this.size / 2));
    this.shrunkAtMs = this.clock.monotonicMs();
    return true;
  }
}
