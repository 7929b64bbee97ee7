import { describe, expect, it } from 'vitest';
import { aMachine, anAttempt, anInstance, at, OPEN, POLICY, T0, told } from '../../../test/support/snapshot-builder.js';
import type { Freeze } from '../../machines/domain/fleet-guard.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Snapshot } from '../domain/instance.js';
import { planSurplus } from './plan-surplus.js';

const plan = (snapshot: Snapshot, now = at(1), guard = OPEN, policy = POLICY) =>
  planSurplus({ snapshot, guard, now, policy });
const FROZEN: Freeze = { at: at(0), why: 'kill-rate', detail: 'x' };

describe('a machine that its instance waits for', () => {
  const open = (changes = {}) => anAttempt({ state: 'AMBIGUOUS', machineId: null, decidedAt: null, ...changes });

  it('is adopted when its tag is seen, also while it is being sent', () => {
    for (const state of ['SENDING', 'AMBIGUOUS'] as const) {
      const snapshot = told({ instance: anInstance(), attempts: [open({ state })], machines: [aMachine('creating')] });
      expect(plan(snapshot)).toMatchObject({ do: 'adopt', machine: { machineId: 'm1' } });
    }
  });

  it('is kept when it comes true after it was written off and nothing else was bought', () => {
    const snapshot = told({
      instance: anInstance(),
      attempts: [open({ state: 'ABSENT' })],
      machines: [aMachine('creating')],
    });
    expect(plan(snapshot)).toMatchObject({ do: 'adopt' });
  });
});

describe('a second machine of an instance', () => {
  const second = (changes: Partial<Machine> = {}) =>
    aMachine('running', { machineId: 'm2', attemptNumber: 2, ...changes });
  const twins = (other = second()): Snapshot =>
    told({
      instance: anInstance({ machineId: 'm1' }),
      attempts: [anAttempt(), anAttempt({ number: 2, tag: 't2', state: 'ABSENT', machineId: null })],
      machines: [aMachine('running'), other],
    });

  it('is condemned first, and deleted when that is on record', () => {
    expect(plan(twins())).toMatchObject({ do: 'condemn', machine: { machineId: 'm2' } });
    expect(plan(twins(second({ condemnedAt: at(0) })))).toMatchObject({
      do: 'delete-machine',
      surplus: true,
      machine: { machineId: 'm2' },
    });
  });

  it.each([
    ['frozen', { ...OPEN, frozen: FROZEN }],
    ['never verified', { ...OPEN, verifiedAt: null }],
    ['verified too long ago', { ...OPEN, verifiedAt: at(-301) }],
    ['kept by a database that lost commits', { ...OPEN, distrustedAt: T0 }],
  ])('is not condemned while the fleet is %s, and one that was condemned before still goes', (_, guard) => {
    const held = (snapshot: Snapshot) => plan(snapshot, at(1), guard);
    expect(held(twins())).toBeNull();
    expect(held(twins(second({ condemnedAt: at(0) })))).toMatchObject({ do: 'delete-machine', surplus: true });
  });

  it('is only reported while the deployment is new', () => {
    const policy = { ...POLICY, reportOnlyUntil: at(60) };
    expect(plan(twins(), at(59), OPEN, policy)).toBeNull();
    expect(plan(twins(), at(60), OPEN, policy)).toMatchObject({ do: 'condemn' });
  });

  it('of a create that is not on record is left to a person', () => {
    const snapshot = twins();
    expect(plan({ ...snapshot, attempts: snapshot.attempts.slice(0, 1) })).toBeNull();
  });

  it('is deleted also when the instance is deleted and over', () => {
    const late = told({
      instance: anInstance({ desired: 'deleted', deletedAt: at(0) }),
      attempts: [anAttempt()],
      machines: [aMachine('pulling')],
    });
    expect(plan(late)).toMatchObject({ do: 'delete-machine', surplus: true });
  });

  it('does not keep the first from being followed while its own delete is under way', () => {
    expect(
      plan(
        twins(
          aMachine('removing', {
            machineId: 'm2',
            attemptNumber: 2,
            condemnedAt: at(0),
            releaseAcknowledgedAt: at(0),
          }),
        ),
      ),
    ).toBeNull();
  });
});
