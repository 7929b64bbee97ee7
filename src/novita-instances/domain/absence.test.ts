import { describe, expect, it } from 'vitest';
import { aMachine, at, T0 } from '../../../test/support/facts-builder.js';
import { countsAsProof, isBack, isGone } from './absence.js';

describe('a machine is gone', () => {
  it('when Novita says removed, or when it was buried', () => {
    expect(isGone(aMachine('removed'), at(1))).toBe(true);
    expect(isGone(aMachine('running', { goneAt: at(0) }), at(1))).toBe(true);
    expect(isGone(aMachine('removing'), at(99_999))).toBe(false);
  });

  it('after a delete of ours, when two looks by id have found nothing', () => {
    const released = (missingProofs: number) => aMachine('running', { releaseAcknowledgedAt: T0, missingProofs });
    expect(isGone(released(1), at(9999))).toBe(false);
    expect(isGone(released(2), at(4))).toBe(true);
  });

  it('without one, not while it is so young that Novita may not know it yet', () => {
    const missing = (missingProofs: number) => aMachine('running', { missingProofs, firstSeenAt: T0 });
    expect(isGone(missing(2), at(299))).toBe(false);
    expect(isGone(missing(2), at(300))).toBe(true);
    expect(isGone(missing(1), at(99_999))).toBe(false);
  });
});

describe('a look that finds nothing', () => {
  it('is a proof of its own only well after the last: 30 s, or 1.5 s after a delete of ours', () => {
    const last = (releaseAcknowledgedAt: Date | null) => ({ lastMissingAt: T0, releaseAcknowledgedAt });
    expect(countsAsProof({ lastMissingAt: null, releaseAcknowledgedAt: null }, T0)).toBe(true);
    expect(countsAsProof(last(null), at(29.9))).toBe(false);
    expect(countsAsProof(last(null), at(30))).toBe(true);
    expect(countsAsProof(last(T0), at(1.4))).toBe(false);
    expect(countsAsProof(last(T0), at(1.5))).toBe(true);
  });
});

describe('a buried machine', () => {
  it('is back when it is seen alive long after its burial, and not when a slow list still shows it', () => {
    expect(isBack(T0, 'running', at(59))).toBe(false);
    expect(isBack(T0, 'running', at(60))).toBe(true);
    expect(isBack(T0, 'exited', at(60))).toBe(true);
  });

  it('that is removed or being removed is not back', () => {
    expect(isBack(T0, 'removed', at(9999))).toBe(false);
    expect(isBack(T0, 'removing', at(9999))).toBe(false);
  });
});
