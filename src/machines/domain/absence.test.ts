import { describe, expect, it } from 'vitest';
import { aMachine, at, T0 } from '../../../test/support/snapshot-builder.js';
import { countsAsProof, isBack, isGone as isGoneOf, PROMISED } from './absence.js';
import type { Machine } from './machine.js';

const isGone = (machine: Machine, now: Date, lastDelete: string | null = null): boolean =>
  isGoneOf(machine, lastDelete, now);

describe('a machine is gone', () => {
  it('when Novita says removed, or when that is on record', () => {
    expect(isGone(aMachine('removed'), at(1))).toBe(true);
    expect(isGone(aMachine('running', { goneAt: at(0) }), at(1))).toBe(true);
    expect(isGone(aMachine('removing'), at(99_999))).toBe(false);
  });

  it('after a delete of ours, when two looks by id have found nothing', () => {
    const released = (missingProofs: number) => aMachine('running', { releaseAcknowledgedAt: T0, missingProofs });
    expect(isGone(released(1), at(9999))).toBe(false);
    expect(isGone(released(2), at(60))).toBe(true);
  });

  it('without one, not while it is so young that Novita may not know it yet', () => {
    const missing = (missingProofs: number) => aMachine('running', { missingProofs, firstSeenAt: T0 });
    expect(isGone(missing(2), at(299))).toBe(false);
    expect(isGone(missing(2), at(300))).toBe(true);
    expect(isGone(missing(1), at(99_999))).toBe(false);
    // what was not known when it was young is no proof later
    expect(isGone({ ...missing(2), lastMissingAt: at(299) }, at(99_999))).toBe(false);
    expect(isGone({ ...missing(2), lastMissingAt: at(300) }, at(300))).toBe(true);
  });

  it('before that age when a delete of ours whose answer was lost explains it, and a look had shown it before', () => {
    const missing = aMachine('running', { missingProofs: 2, firstSeenAt: T0 });
    expect(isGone(missing, at(60), 'ambiguous')).toBe(true);
    expect(isGone(missing, at(60), 'not-found')).toBe(true);
    expect(isGone({ ...missing, missingProofs: 1 }, at(60), 'ambiguous')).toBe(false);
    for (const outcome of ['rejected CONFLICT', 'not-sent', 'unavailable', 'not-ours']) {
      expect(isGone(missing, at(60), outcome)).toBe(false);
    }
    const promised = { ...missing, observation: { ...missing.observation, statusWord: PROMISED } };
    expect(isGone(promised, at(60), 'ambiguous')).toBe(false);
  });
});

describe('a look that finds nothing', () => {
  it('is a proof of its own only well after the last: 30 s, or 1.5 s after a delete of ours', () => {
    const last = (releaseAcknowledgedAt: Date | null) =>
      aMachine('running', { lastMissingAt: T0, releaseAcknowledgedAt, firstSeenAt: at(-60) });
    const never = { lastMissingAt: null, releaseAcknowledgedAt: null, firstSeenAt: at(-60) };
    expect(countsAsProof(aMachine('running', never), T0)).toBe(true);
    expect(countsAsProof(last(null), at(29.9))).toBe(false);
    expect(countsAsProof(last(null), at(30))).toBe(true);
    expect(countsAsProof(last(T0), at(1.4))).toBe(false);
    expect(countsAsProof(last(T0), at(1.5))).toBe(true);
  });

  it.each([T0, null])('is none of a machine younger than a minute, unless it was seen leaving: %#', (deleted) => {
    const changes = { releaseAcknowledgedAt: deleted, firstSeenAt: T0 };
    expect(countsAsProof(aMachine('running', changes), at(59.9))).toBe(false);
    expect(countsAsProof(aMachine('running', changes), at(60))).toBe(true);
    expect(countsAsProof(aMachine('removing', changes), at(4))).toBe(true);
  });
});

describe('a machine that is on record as gone', () => {
  it('is back when it is seen alive long after that, and not when a slow list still shows it', () => {
    expect(isBack(T0, 'running', at(59))).toBe(false);
    expect(isBack(T0, 'running', at(60))).toBe(true);
    expect(isBack(T0, 'exited', at(60))).toBe(true);
  });

  it('that is removed or being removed is not back', () => {
    expect(isBack(T0, 'removed', at(9999))).toBe(false);
    expect(isBack(T0, 'removing', at(9999))).toBe(false);
  });
});
