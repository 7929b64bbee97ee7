import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryAllowance } from './retry-allowance.js';

class MovableClock {
  ms = 0;
  now = (): Date => new Date(this.ms);
  monotonicMs = (): number => this.ms;
}

function spendMany(allowance: RetryAllowance, wanted: number): number {
  return Array.from({ length: wanted }, () => allowance.spend()).filter(Boolean).length;
}

describe('RetryAllowance', () => {
  it('lets two lone calls have their retries, and a quiet time brings them back', () => {
    const clock = new MovableClock();
    const allowance = new RetryAllowance(clock);
    expect(spendMany(allowance, 10)).toBe(4);
    clock.ms += 20_000;
    expect(spendMany(allowance, 10)).toBe(2);
    clock.ms += 3_600_000;
    expect(spendMany(allowance, 10)).toBe(4);
  });

  it('saves a tenth of the calls for retries, for a burst of ten at most', () => {
    const allowance = new RetryAllowance(new MovableClock());
    for (let call = 0; call < 30; call++) allowance.countCall();
    expect(spendMany(allowance, 20)).toBe(7);
    for (let call = 0; call < 1000; call++) allowance.countCall();
    expect(spendMany(allowance, 20)).toBe(10);
  });

  it('never gives more than a tenth of the calls, four, and one every ten seconds', () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(15_000), calls: fc.nat(40), retries: fc.nat(20) }), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(steps, (plan) => {
        const clock = new MovableClock();
        const allowance = new RetryAllowance(clock);
        let calls = 0;
        let retries = 0;
        for (const step of plan) {
          clock.ms += step.waitMs;
          for (let call = 0; call < step.calls; call++) allowance.countCall();
          calls += step.calls;
          retries += spendMany(allowance, step.retries);
          expect(retries).toBeLessThanOrEqual(4 + calls / 10 + clock.ms / 10_000 + 1e-6);
        }
      }),
    );
  });
});
