/** The length of a slot. Slots older than the longest window are dropped. */
const SLOT_MS = 5_000;
const LONGEST_MINUTES = 15;
const SLOTS = (LONGEST_MINUTES * 60_000) / SLOT_MS;

interface Slot {
  number: number;
  count: number;
  failed: number;
  totalMs: number;
}

/** Totals of a window of the last minutes. */
export interface WindowTotals {
  count: number;
  failed: number;
  totalMs: number;
  /** How much of the window has passed: less than all of it soon after the start. Never 0. */
  seconds: number;
}

/** Counts events by the time of their end, in constant memory. */
export class Trend {
  private readonly slots: (Slot | undefined)[] = [];
  private readonly beganMs: number;

  /** @param nowMs a monotonic clock, in milliseconds */
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
  over(minutes: number): WindowTotals {
    const now = this.nowMs();
    const current = Math.floor(now / SLOT_MS);
    const wanted = Math.min((minutes * 60_000) / SLOT_MS, SLOTS);
    const lately: WindowTotals = { count: 0, failed: 0, totalMs: 0, seconds: 0 };
    for (const slot of this.slots) {
      if (!slot || slot.number <= current - wanted) continue;
      lately.count += slot.count;
      lately.failed += slot.failed;
      lately.totalMs += slot.totalMs;
    }
    // the current slot is not complete yet
    const coveredMs = (wanted - 1) * SLOT_MS + (now % SLOT_MS);
    lately.seconds = Math.max(1, Math.min(coveredMs, now - this.beganMs) / 1000);
    return lately;
  }
}

export const perMinute = ({ count, seconds }: WindowTotals): number => tenths((count * 60) / seconds);

/** The average, or 0 without events. */
export const averageMs = ({ count, totalMs }: Pick<WindowTotals, 'count' | 'totalMs'>): number =>
  count === 0 ? 0 : tenths(totalMs / count);

/** From 0 to 100; 0 without events. */
export const percent = (part: number, whole: number): number => (whole === 0 ? 0 : tenths((part * 100) / whole));

export const tenths = (value: number): number => Math.round(value * 10) / 10;
