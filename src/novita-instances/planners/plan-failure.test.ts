import { describe, expect, it } from 'vitest';
import { aMachine, anInstance, at, holding, OPEN, POLICY, T0, told } from '../../../test/support/snapshot-builder.js';
import type { Snapshot } from '../domain/instance.js';
import { planFailure } from './plan-failure.js';

const plan = (snapshot: Snapshot, now = at(1), guard = OPEN, policy = POLICY) =>
  planFailure({ snapshot, guard, now, policy });
const empty = (instance = anInstance()): Snapshot => told({ instance, attempts: [], machines: [] });

describe('a failed instance', () => {
  const failed = (machine: 'stop' | 'release') =>
    anInstance({}, { failure: { code: 'START_TIMEOUT', message: 'x', at: T0, machine } });

  it('stops or deletes its machine, and rests', () => {
    expect(plan(holding(aMachine('running'), failed('stop')))).toMatchObject({ do: 'act', verb: 'stop' });
    expect(plan(holding(aMachine('exited'), failed('stop')))).toEqual({ do: 'rest', until: null });
    expect(plan(holding(aMachine('pulling'), failed('release')))).toMatchObject({ do: 'delete-machine' });
    expect(plan(empty(failed('release')))).toEqual({ do: 'rest', until: null });
  });

  it('says nothing of an instance that has not failed', () => {
    expect(plan(holding(aMachine('running')))).toBeNull();
  });

  it('records that a machine is gone when that is proved', () => {
    const gone = aMachine('running', { missingProofs: 3, firstSeenAt: at(-9_999), changedAt: at(-9_999) });
    expect(plan(holding(gone, failed('stop')))).toMatchObject({ do: 'record-gone' });
  });

  it('of a lost machine keeps the machine when it is back', () => {
    const lost = anInstance({}, { failure: { code: 'MACHINE_LOST', message: 'x', at: T0, machine: 'stop' } });
    expect(plan(holding(aMachine('running'), lost))).toMatchObject({ do: 'adopt' });
    expect(plan(holding(aMachine('running', { missingProofs: 1 }), lost))).toEqual({ do: 'rest', until: null });
  });
});
