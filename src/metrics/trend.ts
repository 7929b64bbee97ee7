/** Slots of this length; what is older than the longest window is forgotten. */
const SLOT_MS = 5_000;
const LONGEST_MINUTES = 15;
const SLOTS = (LONGEST_MINUTES * 60_000) / SLOT_MS;

interface Slot {
  number: number;
  count: number;
  failed: number;
  totalMs: number;
}

/** What happened in the last minutes. */
export interface Lately {
  count: number;
  failed: number;
  totalMs: number;
  /** How much of the window there has been: less than it while the trend is young. Never 0. */
  seconds: number;
}

/** Things that happen, by when they ended, in memory that does not grow with how many there are. */
export class Trend {
  private readonly slots: (Slot | undefined)[] = [];
  private readonly beganMs: number;

  /** @param nowMs a clock that never goes back, in milliseconds */
  constructor(private readonly nowMs: () => number) {
    this.beganMs = nowMs();
  }

  add(durationMs: number, failed: boolean): void {
    const number = Math.floor(this.nowMs() / SLOT_MS);
    const at = number % SLOTS;
    let slot = this.slots[at];
    if (slot?.number !== number) this.slots[at] = slot = { number, count: 0, failed: 0, totalMs: 0 };
    slot.count += 1;
    slot.totalMs += durationMs;
    if (failed) slot.failed += 1;
  }

  /** @param minutes at most 15 */
  over(minutes: number): Lately {
    const now = this.nowMs();
    const current = Math.floor(now / SLOT_MS);
    const wanted = Math.min((minutes * 60_000) / SLOT_MS, SLOTS);
    const lately: Lately = { count: 0, failed: 0, totalMs: 0, seconds: 0 };
    for (const slot of this.slots) {
      if (!slot || slot.number <= current - wanted) continue;
      lately.count += slot.count;
      lately.failed += slot.failed;
      lately.totalMs += slot.totalMs;
    }
    // the slot that is going on is not a whole one yet
    const coveredMs = (wanted - 1) * SLOT_MS + (now % SLOT_MS);
    lately.seconds = Math.max(1, Math.min(coveredMs, now - this.beganMs) / 1000);
    return lately;
  }
}

export const perMinute = ({ count, seconds }: Lately): number => tenths((count * 60) / seconds);

/** 0 when there was nothing. */
export const averageMs = ({ count, totalMs }: Pick<Lately, 'count' | 'totalMs'>): number =>
  count === 0 ? 0 : tenths(totalMs / count);

/** 0 to 100; 0 when there was nothing. */
export const percent = (part: number, whole: number): number => (whole === 0 ? 0 : tenths((part * 100) / whole));

export const tenths = (value: number): number => Math.round(value * 10) / 10;
