import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.js';
import { SharedClock } from './shared-clock.js';

const NOON = Date.UTC(2026, 5, 1, 12);
const HOUR_MS = 3_600_000;

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

/** A clock that has learnt that it is noon, on a machine that has run for ten seconds. */
const atNoon = () => {
  const own = machine();
  const clock = new SharedClock(own, () => own.upMs);
  own.upMs = 10_000;
  clock.learn(new Date(NOON), 10_000, 10_000);
  return { own, clock, shows: () => clock.now().getTime() - NOON };
};

describe('the shared clock', () => {
  it('is the machine’s own until it has learnt better', () => {
    const own = machine();
    const clock = new SharedClock(own, () => own.upMs);
    own.upMs += 1_500;
    expect(clock.now()).toEqual(new Date(NOON + 1_500));
  });

  it('goes on from what the database said first, taken to be true in the middle of the question', () => {
    const own = machine();
    const clock = new SharedClock(own, () => own.upMs);
    own.upMs = 10_000;
    expect(clock.learn(new Date(NOON + HOUR_MS), 9_900, 10_000)).toBe(0);
    expect(clock.now()).toEqual(new Date(NOON + HOUR_MS + 50));
    own.upMs += 1_000;
    expect(clock.now()).toEqual(new Date(NOON + HOUR_MS + 1_050));
  });

  it('does not jump when the machine’s wall clock does', () => {
    const own = machine();
    const clock = new SharedClock(own, () => own.upMs);
    own.wallMs -= HOUR_MS;
    own.upMs += 10;
    expect(clock.now()).toEqual(new Date(NOON + 10));
  });

  it('prefers what it knows to an answer that took longer, until its quartz may be wrong by as much', () => {
    const { own, clock } = atNoon();
    own.upMs = 10_120;
    clock.learn(new Date(NOON + 100), 10_010, 10_120);
    expect(clock.aheadMs).toBe(0);
    own.upMs += 600_000;
    clock.learn(new Date(NOON + 600_100), 610_010, 610_120);
    expect(clock.aheadMs).toBeCloseTo(-35);
  });

  it('believes an answer that took long when it contradicts what is known', () => {
    const { own, clock } = atNoon();
    own.upMs = 11_000;
    expect(clock.learn(new Date(NOON + HOUR_MS), 10_500, 11_000)).toBeGreaterThan(HOUR_MS - 1_000);
    expect(clock.aheadMs).toBeLessThan(1_000 - HOUR_MS);
  });

  it.each([
    ['ahead', HOUR_MS],
    ['back', -HOUR_MS],
  ])('goes on evenly when the database’s clock jumps %s, and comes nearer by a tenth of the time', (_, jumpMs) => {
    const { own, clock, shows } = atNoon();
    own.upMs += 1_000;
    expect(clock.learn(new Date(NOON + 1_000 + jumpMs), own.upMs, own.upMs)).toBe(jumpMs);
    expect(shows()).toBe(1_000);
    expect(clock.aheadMs).toBe(-jumpMs);
    own.upMs += 10_000;
    expect(shows()).toBe(11_000 + Math.sign(jumpMs) * 1_000);
    own.upMs += 10 * HOUR_MS;
    expect(clock.aheadMs).toBe(0);
    expect(shows()).toBe(11_000 + 10 * HOUR_MS + jumpMs);
  });

  it('is where it would be when the database’s clock jumps and comes back', () => {
    const { own, clock, shows } = atNoon();
    clock.learn(new Date(NOON + HOUR_MS), own.upMs, own.upMs);
    own.upMs += 75_000;
    clock.learn(new Date(NOON + 75_000), own.upMs, own.upMs);
    expect(shows()).toBe(82_500);
    own.upMs += 75_000;
    expect(shows()).toBe(150_000);
  });

  it('does not call it a jump when the difference is small', () => {
    const { own, clock } = atNoon();
    expect(clock.learn(new Date(NOON + 4_000), own.upMs, own.upMs)).toBe(0);
    expect(clock.aheadMs).toBe(-4_000);
  });

  it('goes on in a process that starts later from where it was', () => {
    const before = atNoon();
    before.clock.learn(new Date(NOON + HOUR_MS), before.own.upMs, before.own.upMs);
    const after = atNoon();
    after.own.upMs += 30_000;
    after.clock.learn(new Date(NOON + HOUR_MS + 30_000), after.own.upMs, after.own.upMs);
    const fresh = new SharedClock(after.own, () => after.own.upMs);
    fresh.learn(new Date(NOON + HOUR_MS + 30_000), after.own.upMs, after.own.upMs);
    fresh.resume(before.clock.record());
    before.own.upMs += 30_000;
    expect(fresh.now()).toEqual(before.clock.now());
  });

  it('never goes back from where the deployment’s clock was', () => {
    const before = atNoon();
    const { own, clock, shows } = atNoon();
    clock.learn(new Date(NOON - HOUR_MS), own.upMs, own.upMs);
    const fresh = new SharedClock(own, () => own.upMs);
    fresh.learn(new Date(NOON - HOUR_MS), own.upMs, own.upMs);
    fresh.resume(before.clock.record());
    expect(shows()).toBe(0);
    expect(fresh.now()).toEqual(new Date(NOON));
    own.upMs += 10_000;
    expect(fresh.now()).toEqual(new Date(NOON + 9_000));
  });

  it('joins the others when it stood still while they went on', () => {
    const others = atNoon();
    const { own, clock } = atNoon();
    for (const { own: machine } of [others, { own }]) machine.upMs += 1_000;
    others.clock.learn(new Date(NOON + HOUR_MS), others.own.upMs, others.own.upMs);
    for (const { own: machine } of [others, { own }]) machine.upMs += 900_000;
    clock.learn(new Date(NOON + HOUR_MS + 900_000), own.upMs, own.upMs);
    expect(others.clock.now().getTime() - clock.now().getTime()).toBe(90_000);
    clock.follow(others.clock.record());
    expect(clock.now()).toEqual(others.clock.now());
  });

  it('does not join a record from before the jump, or one that differs by little', () => {
    const { own, clock } = atNoon();
    const old = clock.record();
    clock.learn(new Date(NOON + HOUR_MS), own.upMs, own.upMs);
    clock.follow(old);
    expect(clock.aheadMs).toBe(-HOUR_MS);
    const { databaseTime, sharedTime } = clock.record();
    clock.follow({ databaseTime, sharedTime: new Date(sharedTime.getTime() + 20_000) });
    expect(clock.aheadMs).toBe(-HOUR_MS);
  });

  it('counts the time in which its machine slept, which is no jump of the database’s clock', () => {
    const own = machine();
    let upMs = 1_000_000;
    const clock = new SharedClock(own, () => upMs);
    clock.learn(new Date(NOON), own.upMs, own.upMs);
    own.upMs += 1_000;
    upMs += 1_000 + 8 * HOUR_MS;
    expect(clock.learn(new Date(NOON + 1_000 + 8 * HOUR_MS), own.upMs, own.upMs)).toBe(0);
    expect(clock.now()).toEqual(new Date(NOON + 1_000 + 8 * HOUR_MS));
  });

  it('is the database’s again when nothing ran for long', () => {
    const { own, clock } = atNoon();
    clock.learn(new Date(NOON + HOUR_MS), own.upMs, own.upMs);
    const later = new SharedClock(own, () => own.upMs);
    later.learn(new Date(NOON + 12 * HOUR_MS), own.upMs, own.upMs);
    later.resume(clock.record());
    expect(later.aheadMs).toBe(0);
  });
});
