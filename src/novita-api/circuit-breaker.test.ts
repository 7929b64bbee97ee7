import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CircuitBreaker, type Passage } from './circuit-breaker.js';

const POLICY = { failures: 3, openMs: 1_000, longestMs: 3_000 };

let ms: number;
let changes: boolean[];
let breaker: CircuitBreaker;
beforeEach(() => {
  ms = 0;
  changes = [];
  breaker = newBreaker();
});

const newBreaker = (): CircuitBreaker =>
  new CircuitBreaker({ now: () => new Date(ms), monotonicMs: () => ms }, POLICY, (isOpen) => changes.push(isOpen));

function enter(): Passage {
  const passage = breaker.enter();
  if (!passage) throw new Error('the circuit is open');
  return passage;
}

function fail(times: number): void {
  for (let time = 0; time < times; time++) enter()('fails');
}

describe('CircuitBreaker', () => {
  it('opens after failures in a row, and says for how long', () => {
    fail(2);
    enter()('works');
    fail(2);
    expect(breaker.blockedMs()).toBe(0);
    fail(1);
    expect(breaker.enter()).toBeNull();
    expect(breaker.blockedMs()).toBe(1_000);
    ms += 999.5;
    expect(breaker.enter()).toBeNull();
    expect(changes).toEqual([true]);
  });

  it('lets one request try after the pause, and the others when that one worked', () => {
    fail(3);
    ms += 1_000;
    expect(breaker.blockedMs()).toBe(0);
    const trial = enter();
    expect(breaker.enter()).toBeNull();
    expect(breaker.blockedMs()).toBeGreaterThan(0);
    trial('works');
    enter();
    enter();
    expect(changes).toEqual([true, false]);
  });

  it('is open for longer after each trial that failed, up to a limit, and as short as ever after one that worked', () => {
    fail(3);
    for (const pauseMs of [1_000, 2_000, 3_000, 3_000]) {
      expect(breaker.blockedMs()).toBe(pauseMs);
      ms += pauseMs;
      fail(1);
    }
    ms += 3_000;
    enter()('works');
    fail(3);
    expect(breaker.blockedMs()).toBe(1_000);
  });

  it('learns nothing from a trial that was never sent, and lets the next one try', () => {
    fail(3);
    ms += 1_000;
    enter()('nothing');
    expect(breaker.blockedMs()).toBe(0);
    enter()('works');
    expect(changes).toEqual([true, false]);
  });

  it('is moved by nothing that was never sent: not nearer to opening, and not away from it', () => {
    for (let time = 0; time < 9; time++) enter()('nothing');
    expect(changes).toEqual([]);
    fail(2);
    enter()('nothing');
    expect(changes).toEqual([]);
    fail(1);
    expect(changes).toEqual([true]);
  });

  it('is not moved by what was sent before it opened', () => {
    const early = [enter(), enter()];
    fail(3);
    early[0]?.('works');
    early[1]?.('fails');
    expect(breaker.blockedMs()).toBe(1_000);
    expect(changes).toEqual([true]);
  });

  it('never keeps a working side shut for longer than its longest pause, whatever happened before', () => {
    const step = fc.record({
      waitMs: fc.nat(4_000),
      verdict: fc.constantFrom('works' as const, 'fails' as const, 'nothing' as const),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        breaker = newBreaker();
        for (const { waitMs, verdict } of steps) {
          ms += waitMs;
          breaker.enter()?.(verdict);
        }
        ms += POLICY.longestMs;
        enter()('works');
        expect(breaker.blockedMs()).toBe(0);
      }),
    );
  });
});
