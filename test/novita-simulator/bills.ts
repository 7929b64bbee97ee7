import { storageSize, STORAGE_PRICE, type NetworkStorage } from './network-storage.js';
import type { Machine } from './machine.js';

export type BillCategory = 'gpu' | 'cloud_storage';
export type BillCycle = 'Hour' | 'Day' | 'Week' | 'Month';

/** What is paid for by the second. `unitPrice` is 1/100000 USD for one unit and `perSeconds`. */
interface Metered {
  ownerId: string;
  category: BillCategory;
  productId: string;
  productName: string;
  unitPrice: number;
  perSeconds: number;
  spans: { from: number; to: number | null; units: number }[];
}

/** What one owner used in one cycle. Times are milliseconds since 1970. */
export interface UsageLine extends Omit<Metered, 'perSeconds' | 'spans'> {
  from: number;
  to: number;
  /** Units times seconds. */
  unitSeconds: number;
  /** In 1/10000 USD. */
  amount: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970 began on a Thursday, and weeks begin on Monday. */
const MONDAY_MS = 4 * DAY_MS;

/** Usage is settled by the hour: what has been used since the last full hour is on no bill yet. */
export const settledUntil = (now: number): number => now - (now % HOUR_MS);

export function cycleStart(cycle: BillCycle, time: number): number {
  switch (cycle) {
    case 'Hour':
      return time - (time % HOUR_MS);
    case 'Day':
      return time - (time % DAY_MS);
    case 'Week':
      return time - ((time - MONDAY_MS) % (7 * DAY_MS));
    case 'Month':
      return Date.UTC(new Date(time).getUTCFullYear(), new Date(time).getUTCMonth());
  }
}

function cycleEnd(cycle: BillCycle, time: number): number {
  switch (cycle) {
    case 'Hour':
      return cycleStart(cycle, time) + HOUR_MS;
    case 'Day':
      return cycleStart(cycle, time) + DAY_MS;
    case 'Week':
      return cycleStart(cycle, time) + 7 * DAY_MS;
    case 'Month':
      return Date.UTC(new Date(time).getUTCFullYear(), new Date(time).getUTCMonth() + 1);
  }
}

export function meteredMachine(machine: Machine): Metered {
  return {
    ownerId: machine.id,
    category: 'gpu',
    productId: machine.productId,
    productName: machine.productName,
    unitPrice: machine.pricePerGpuHour,
    perSeconds: 3600,
    spans: machine.segments.map((segment) => ({ ...segment, units: machine.kind === 'gpu' ? machine.gpuNum : 1 })),
  };
}

export function meteredStorage(storage: NetworkStorage): Metered {
  return {
    ownerId: storage.id,
    category: 'cloud_storage',
    productId: '',
    productName: `Network storage ${storageSize(storage)} GB`,
    unitPrice: STORAGE_PRICE,
    perSeconds: 86_400,
    spans: storage.sizes.map(({ gb, from, to }) => ({ from, to, units: gb })),
  };
}

/**
 * One line for each owner and cycle in which it used something. The amounts of consecutive lines add up to the cost of their time: each is
 * the difference of two rounded sums, so that no part of a cent is lost or billed twice.
 */
export function usageLines(metered: Metered, cycle: BillCycle, from: number, until: number): UsageLine[] {
  const { perSeconds, spans, ...owner } = metered;
  const lines: UsageLine[] = [];
  for (let start = from; start < until; start = cycleEnd(cycle, start)) {
    const end = Math.min(cycleEnd(cycle, start), until);
    const unitSeconds = unitSecondsUntil(spans, end) - unitSecondsUntil(spans, start);
    if (unitSeconds === 0) continue;
    const cost = (time: number) => Math.round((unitSecondsUntil(spans, time) * owner.unitPrice) / perSeconds / 10);
    lines.push({ ...owner, from: start, to: end, unitSeconds, amount: cost(end) - cost(start) });
  }
  return lines;
}

/** A begun second counts. */
function unitSecondsUntil(spans: Metered['spans'], time: number): number {
  return spans.reduce((sum, { from, to, units }) => {
    const ms = Math.min(to ?? Infinity, time) - from;
    return ms <= 0 ? sum : sum + Math.ceil(ms / 1000) * units;
  }, 0);
}
