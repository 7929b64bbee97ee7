import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.js';
import { SharedClock } from './shared-clock.js';

const NOON = Date.UTC(2026, 5, 1, 12);

/** A machine whose wall clock can be set apart from its monotonic one. */
const machine = (): Clock & { wallMs: number; upMs: number } => ({
  wallMs: NOON,
  upMs: 5_000,
  now() {
    return new Date(this.wallMs);
  },
  monotonicMs() {
    return this.upMs;
  },
});

describe('the shared clock', () => {
  it('is the machine’s own until it has learnt better', () => {
    const own = machine();
    const clock = new SharedClock(own);
    own.upMs += 1_500;
    expect(clock.now()).toEqual(new Date(NOON + 1_500));
  });

  it('goes on from what the database said, taken to be true in the middle of the question', () => {
    const own = machine();
    const clock = new SharedClock(own);
    own.upMs = 10_000;
    expect(clock.learn(new Date(NOON + 3_600_000), 9_900, 10_000)).toBe(true);
    expect(clock.now()).toEqual(new Date(NOON + 3_600_050));
    own.upMs += 1_000;
    expect(clock.now()).toEqual(new Date(NOON + 3_601_050));
  });

  it('does not jump when the machine’s wall clock does', () => {
    const own = machine();
    const clock = new SharedClock(own);
    own.wallMs -= 3_600_000;
    own.upMs += 10;
    expect(clock.now()).toEqual(new Date(NOON + 10));
  });

  it('prefers what it knows to an answer that took longer, until its quartz may be wrong by as much', () => {
    const own = machine();
    const clock = new SharedClock(own);
    expect(clock.learn(new Date(NOON), 5_000, 5_010)).toBe(true);
    expect(clock.learn(new Date(0), 5_010, 5_120)).toBe(false);
    expect(clock.now()).toEqual(new Date(NOON - 5));
    expect(clock.learn(new Date(NOON + 600_000), 605_010, 605_120)).toBe(true);
  });
});
