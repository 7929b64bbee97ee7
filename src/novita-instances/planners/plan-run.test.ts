import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anAttempt,
  anInstance,
  at,
  holding,
  OPEN,
  POLICY,
  T0,
  told,
  aSentAction,
} from '../../../test/support/snapshot-builder.js';
import { NO_READINESS, type Progress, type SentAction } from '../domain/progress.js';
import type { Snapshot } from '../domain/instance.js';
import type { Machine, MachineState } from '../../machines/domain/machine.js';
import { planNextStep } from './plan-next-step.js';
import type { Step } from './step.js';

/** What the table of planNextStep leaves out: machines that move, fail or go down after they have worked. */

const plan = (snapshot: Snapshot, now = at(1)): Step => planNextStep(snapshot, OPEN, now, POLICY);
const worked = { readiness: { ...NO_READINESS, readyAt: at(5) } };
const started = (changes: Partial<SentAction> = {}): Partial<Progress> => ({ action: aSentAction(changes) });
const broken = (state: MachineState, changes: Partial<Machine> = {}): Machine => {
  const machine = aMachine(state, changes);
  machine.observation.failure = { code: 'CreateFailed', message: 'the node went away' };
  return machine;
};

describe('a machine that has worked', () => {
  it('has its time anew when it is made anew, and is never deleted unasked', () => {
    const moved = (observedAt: number) =>
      holding(
        aMachine('pulling', { ranAt: T0, changedAt: at(90_000), observedAt: at(observedAt) }),
        anInstance({}, worked),
      );
    expect(plan(moved(90_000), at(90_001))).toEqual({ do: 'rest', until: at(91_800) });
    expect(plan(moved(91_800), at(91_800))).toMatchObject({
      do: 'fail',
      failure: { code: 'PROVISION_TIMEOUT', machine: 'stop' },
    });
  });

  it('is kept when Novita reports it as failed', () => {
    expect(plan(holding(broken('exited'), anInstance({}, worked)))).toMatchObject({
      do: 'fail',
      failure: { code: 'MACHINE_FAILED', machine: 'stop' },
    });
  });

  it('is deleted when it never got beyond its image, however often it was stopped and started', () => {
    const again = anInstance({ generation: 3 }, { wantedAt: at(1000) });
    const stuck = (observedAt: number) => holding(aMachine('pulling', { observedAt: at(observedAt) }), again);
    expect(plan(stuck(2_800), at(2_800))).toMatchObject({
      do: 'fail',
      failure: { code: 'PROVISION_TIMEOUT', machine: 'release' },
    });
    expect(plan(holding(broken('pulling', { changedAt: at(1001) }), again), at(1002))).toMatchObject({
      do: 'fail',
      failure: { machine: 'release' },
    });
  });
});

describe('a start after a failure', () => {
  const again = (progress: Partial<Progress> = {}) => anInstance({ generation: 2 }, { wantedAt: at(100), ...progress });

  it('is tried although the machine still shows the old failure', () => {
    expect(plan(holding(broken('exited', { changedAt: at(50) }), again()), at(101))).toMatchObject({
      do: 'act',
      verb: 'start',
    });
  });

  it('fails when the machine fails anew', () => {
    expect(plan(holding(broken('exited', { changedAt: at(120) }), again()), at(121))).toMatchObject({ do: 'fail' });
  });
});

describe('a machine that goes down again and again', () => {
  const down = (acknowledgements: number, observedAt: number) =>
    holding(aMachine('exited', { observedAt: at(observedAt) }), anInstance({}, started({ acknowledgements })));

  it('is started after ever longer waits', () => {
    expect(plan(down(1, 25), at(26))).toMatchObject({ do: 'rest' });
    expect(plan(down(1, 26), at(26))).toMatchObject({ do: 'act', verb: 'start' });
    expect(plan(down(2, 39), at(41))).toMatchObject({ do: 'rest' });
    expect(plan(down(2, 41), at(41))).toMatchObject({ do: 'act', verb: 'start' });
    expect(plan(down(4, 129), at(130))).toMatchObject({ do: 'rest' });
  });

  it('is left down after five starts in vain: each of them is billed', () => {
    expect(plan(down(5, 500), at(500))).toMatchObject({
      do: 'fail',
      failure: { code: 'MACHINE_FAILED', machine: 'stop' },
    });
  });
});

describe('a restart', () => {
  const asked = (action: Partial<Progress> = {}, observedAt = 0) =>
    holding(aMachine('running', { observedAt: at(observedAt) }), anInstance({ restartGeneration: 1 }, action));

  it('that Novita refuses has a deadline like everything that moves', () => {
    const action = started({ verb: 'restart', acknowledged: false, notBefore: at(9999), refusal: 'CONFLICT: not now' });
    expect(plan(asked(action), at(899))).toEqual({ do: 'rest', until: at(900) });
    const step = plan(asked(action, 900), at(900));
    expect(step).toMatchObject({ do: 'fail', failure: { code: 'START_TIMEOUT', machine: 'stop' } });
    expect(JSON.stringify(step)).toContain('CONFLICT: not now');
  });

  it('is started beyond the deadline while what refuses it has nothing to do with it', () => {
    const refusedAt = 5_000;
    const held = (isPassing: boolean) =>
      holding(
        aMachine('exited', { observedAt: at(refusedAt), changedAt: at(1) }),
        anInstance(
          {},
          started({ acknowledged: false, notBefore: at(refusedAt + 60), refusal: 'UNAUTHORIZED: x', isPassing }),
        ),
      );
    expect(plan(held(true), at(refusedAt + 30))).toEqual({ do: 'rest', until: at(refusedAt + 60) });
    expect(plan(held(true), at(refusedAt + 61))).toMatchObject({ do: 'act', verb: 'start' });
    expect(plan(held(false), at(refusedAt + 61))).toMatchObject({ do: 'fail', failure: { code: 'START_TIMEOUT' } });
  });
});

describe('a word that nobody understands', () => {
  it('is waited for, and in the end told to the caller without touching the machine', () => {
    const snapshot = holding(aMachine('unknown'));
    expect(plan(snapshot)).toEqual({ do: 'rest', until: at(1800) });
    const still = holding(aMachine('unknown', { observedAt: at(1800) }));
    expect(plan(still, at(1800))).toMatchObject({ do: 'fail', failure: { machine: 'stop' } });
    const failed = anInstance({}, { failure: { code: 'PROVISION_TIMEOUT', message: 'x', at: T0, machine: 'stop' } });
    expect(plan(holding(aMachine('unknown'), failed), at(9999))).toEqual({ do: 'rest', until: null });
  });

  it('never fails a machine that has worked', () => {
    expect(plan(holding(aMachine('unknown'), anInstance({}, worked)), at(99_999))).toEqual({ do: 'rest', until: null });
  });
});

describe('a delete that goes wrong', () => {
  const deleting = (changes: Partial<Machine>, progress: Partial<Progress> = {}) =>
    holding(aMachine('running', changes), anInstance({ desired: 'deleted' }, progress));

  it('is not sent again while Novita does not know the machine: looks tell whether it is there after all', () => {
    expect(plan(deleting({ missingProofs: 1 }))).toEqual({ do: 'rest', until: null });
    expect(plan(deleting({ missingProofs: 0 }))).toMatchObject({ do: 'delete-machine' });
  });

  it('is sent again when its wait is over', () => {
    const releases = { m1: { since: T0, tries: 3, notBefore: at(20), outcome: 'ambiguous', said: null } };
    expect(plan(deleting({}, { releases }), at(19))).toEqual({ do: 'rest', until: at(20) });
    expect(plan(deleting({}, { releases }), at(20))).toMatchObject({ do: 'delete-machine' });
  });

  it('of a second machine does not keep the first from being followed', () => {
    const releases = { m2: { since: T0, tries: 1, notBefore: at(600), outcome: 'not-ours', said: null } };
    const snapshot = told({
      instance: anInstance({ machineId: 'm1' }, { releases }),
      attempts: [anAttempt()],
      machines: [aMachine('running'), aMachine('running', { machineId: 'm2', attemptNumber: 2, condemnedAt: T0 })],
    });
    expect(plan(snapshot)).toEqual({ do: 'begin-run' });
  });
});
