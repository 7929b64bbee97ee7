import { describe, expect, it } from 'vitest';
import { anAttempt, anInstance, aMachine, at, OPEN, POLICY, told } from '../../../test/support/snapshot-builder.js';
import type { Snapshot } from '../domain/instance.js';
import { planOpenAttempts } from './plan-open-attempts.js';

const plan = (snapshot: Snapshot, now = at(1), guard = OPEN, policy = POLICY) =>
  planOpenAttempts({ snapshot, guard, now, policy });

describe('a create whose outcome is not known', () => {
  const open = (changes = {}) => anAttempt({ state: 'AMBIGUOUS', machineId: null, decidedAt: null, ...changes });
  const waiting = (attempt = open(), instance = anInstance()): Snapshot =>
    told({ instance, attempts: [attempt], machines: [] });

  it('is never followed by another while its sender may live', () => {
    const snapshot = waiting(open({ state: 'SENDING' }));
    expect(plan(snapshot, at(34))).toEqual({ do: 'rest', until: at(35) });
    expect(plan(snapshot, at(35))).toMatchObject({ do: 'doubt' });
  });

  it('is written off only after the settle window and three clean passes', () => {
    const seen = (cleanPasses: number, last: number) => waiting(open({ cleanPasses, lastCleanPassAt: at(last) }));
    expect(plan(seen(9, 118), at(119))).toEqual({ do: 'rest', until: at(120) });
    expect(plan(seen(2, 499), at(500))).toEqual({ do: 'rest', until: at(502) });
    expect(plan(seen(3, 120), at(121))).toMatchObject({ do: 'write-off' });
    // no sweep looked after the create may have come true
    expect(plan(seen(9, 119), at(500))).toEqual({ do: 'rest', until: at(502) });
    expect(plan(waiting(open({ cleanPasses: 9 })), at(500))).toEqual({ do: 'rest', until: at(502) });
  });

  it.each(['ACCEPTED', 'REJECTED', 'ABSENT', 'NOT_SENT', 'SUPERSEDED'] as const)('is none that is %s', (state) => {
    expect(plan(waiting(open({ state })), at(1e6))).toBeNull();
  });

  it('is waited for until the first of several is due', () => {
    const attempts = [open({ settleAfter: at(90) }), open({ number: 2, tag: 't2', settleAfter: at(60) })];
    expect(plan(told({ instance: anInstance(), attempts, machines: [] }))).toEqual({ do: 'rest', until: at(60) });
  });

  it('keeps no instance waiting that has a machine, and is settled beside it', () => {
    const beside = (changes = {}): Snapshot => ({
      ...waiting(open(changes), anInstance({ machineId: 'm1' })),
      machines: [aMachine('running')],
    });
    expect(plan(beside())).toBeNull();
    expect(plan(beside({ cleanPasses: 3, lastCleanPassAt: at(120) }), at(121))).toMatchObject({ do: 'write-off' });
  });
});
