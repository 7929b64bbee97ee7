import { describe, expect, it } from 'vitest';
import { aMachine, anAttempt, anInstance, aSpec, at, POLICY } from '../../../test/support/snapshot-builder.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Snapshot } from '../domain/instance.js';
import type { Progress, Reclaim } from '../domain/progress.js';
import { newReplacement, seenFromSuccessor } from '../domain/replacement.js';
import type { Replacement } from '../domain/replacement-progress.js';
import { fail } from '../planners/step.js';
import { written } from './instance-change.js';
import { stepRecorded, type RecordedStep } from './step-transitions.js';

const NOW = at(1_000);
const NOTICE: Reclaim = {
  noticedAt: at(400),
  deadline: at(4_000),
  isAssumed: false,
  takenAt: null,
  failures: 0,
  notBefore: null,
};
const spotMachine = (reclaimAt: string | null, changes = {}): Machine => {
  const { observation, ...machine } = aMachine('running', changes);
  return { ...machine, observation: { ...observation, spot: { state: 'notified', reclaimAt } } };
};
const snapshotOf = (
  machine: Machine,
  reclaims: Progress['reclaims'] = {},
  replacement: Partial<Replacement> | null = null,
): Snapshot => {
  const instance = anInstance({ machineId: 'm1', spec: aSpec() }, { reclaims });
  const snapshot = { instance, attempts: [anAttempt()], machines: [machine] };
  const made = replacement && { ...newReplacement('reclaim', snapshot, at(410)), ...replacement };
  return { ...snapshot, instance: { ...instance, replacement: made } };
};
const after = (snapshot: Snapshot, step: RecordedStep, now = NOW) =>
  written(snapshot, stepRecorded(snapshot, step, POLICY, now));
const tell = (snapshot: Snapshot, news: 'noticed' | 'taken' | 'called-off', now = NOW) => {
  const [machine] = snapshot.machines;
  if (!machine) throw new Error('no machine');
  return after(snapshot, { do: 'tell-reclaim', machine, news }, now);
};

describe('a notice', () => {
  it('is stored and told with the deadline that Novita names', () => {
    const { after: told, events } = tell(snapshotOf(spotMachine(at(4_000).toISOString())), 'noticed');
    expect(told.progress.reclaims).toEqual({ m1: { ...NOTICE, noticedAt: NOW } });
    const deadline = at(4_000).toISOString();
    expect(events).toEqual([
      { type: 'machine.reclaim_noticed', data: { machineId: 'm1', deadline, isAssumed: false, onReclaim: 'replace' } },
    ]);
  });

  it('without a time has one hour from when it was first seen, and takes the time of Novita when that comes', () => {
    const first = tell(snapshotOf(spotMachine(null)), 'noticed').after.progress.reclaims;
    expect(first.m1).toMatchObject({ noticedAt: NOW, deadline: at(4_600), isAssumed: true });
    const named = tell(snapshotOf(spotMachine(at(4_000).toISOString()), first), 'noticed', at(1_500));
    expect(named.after.progress.reclaims.m1).toMatchObject({ noticedAt: NOW, deadline: at(4_000), isAssumed: false });
  });

  it('forgets machines that the instance has no more, and is itself forgotten when it is called off', () => {
    const machine = spotMachine(at(4_000).toISOString());
    const reclaims = { m0: { ...NOTICE, takenAt: at(100) } };
    expect(Object.keys(tell(snapshotOf(machine, reclaims), 'noticed').after.progress.reclaims)).toEqual(['m1']);
    const off = tell(snapshotOf(machine, { m1: NOTICE }), 'called-off');
    expect(off.after.progress.reclaims).toEqual({});
    expect(off.events).toEqual([{ type: 'machine.reclaim_called_off', data: { machineId: 'm1' } }]);
  });

  it('keeps what was known of it when the machine is taken', () => {
    const { after: told, events } = tell(snapshotOf(spotMachine(null), { m1: NOTICE }), 'taken');
    expect(told.progress.reclaims.m1).toEqual({ ...NOTICE, takenAt: NOW });
    expect(events).toEqual([
      { type: 'machine.reclaimed', data: { machineId: 'm1', noticedAt: at(400).toISOString() } },
    ]);
    const ahead = spotMachine(null, { changedAt: at(1_002) });
    expect(tell(snapshotOf(ahead), 'taken').after.progress.reclaims.m1).toMatchObject({
      noticedAt: null,
      takenAt: at(1_002),
    });
  });
});

describe('a replacement because of a reclaim', () => {
  const machine = spotMachine(at(4_000).toISOString());

  it('begins with an event, and changes nothing of what is wanted', () => {
    const snapshot = snapshotOf(machine, { m1: NOTICE });
    const { before, after: begun, events } = after(snapshot, { do: 'begin-replacement', reason: 'reclaim' });
    expect(begun.replacement).toMatchObject({ reason: 'reclaim', phase: 'placing', since: NOW, firstAttempt: 2 });
    expect(begun.generation).toBe(before.generation);
    expect(events).toEqual([{ type: 'replacement.begun', data: { reason: 'reclaim', machineId: 'm1' } }]);
  });

  it('that fails may begin again after a while, which grows', () => {
    const failing = (failures: number): Reclaim | undefined => {
      const given = snapshotOf(machine, { m1: { ...NOTICE, failures } }, { phase: 'warming', successorId: 'm2' });
      const view = seenFromSuccessor(given);
      if (!view) throw new Error('no successor');
      const change = stepRecorded(view, fail('MACHINE_FAILED', 'x', 'release') as RecordedStep, POLICY, NOW);
      const { after: left, condemned } = written(view, change);
      expect([left.replacement, left.progress.failure, condemned]).toEqual([null, null, ['m2']]);
      return left.progress.reclaims.m1;
    };
    expect(failing(0)).toMatchObject({ failures: 1, notBefore: at(1_060) });
    expect(failing(3)).toMatchObject({ failures: 4, notBefore: at(1_480) });
  });

  it('that is called off lets the new machine go, and keeps the old one', () => {
    const snapshot = snapshotOf(machine, {}, { phase: 'warming', successorId: 'm2' });
    const { after: left, condemned, events } = after(snapshot, { do: 'cancel-replacement' });
    expect([left.machineId, left.replacement, condemned]).toEqual(['m1', null, ['m2']]);
    expect(events).toMatchObject([
      { type: 'replacement.failed', data: { code: 'RECLAIM_CALLED_OFF', machineId: 'm2' } },
    ]);
  });

  it('does not drain a machine that Novita has taken', () => {
    const { observation, ...rest } = aMachine('exited');
    const taken = { ...rest, observation: { ...observation, spot: { state: 'terminated', reclaimAt: null } as const } };
    const given = snapshotOf(taken, {}, { phase: 'warming', successorId: 'm2' });
    expect(after(given, { do: 'cut-over' }).after.replacement?.draining).toEqual({ machineId: 'm1', until: NOW });
    const running = snapshotOf(machine, {}, { phase: 'warming', successorId: 'm2' });
    expect(after(running, { do: 'cut-over' }).after.replacement?.draining?.until).toEqual(at(1_030));
  });
});

describe('the recovery', () => {
  const machine = spotMachine(null);

  it('lets go of the machine, which is deleted, and looks for another one', () => {
    const given = snapshotOf(machine, { m1: { ...NOTICE, takenAt: at(990) } });
    const { after: left, condemned, events, gone } = after(given, { do: 'recover', machine, isGone: false });
    expect(left).toMatchObject({ machineId: null, replacement: null, desired: 'running' });
    expect(left.progress.placement).toMatchObject({ round: 2, since: NOW, waitingFor: null });
    expect(left.progress.reclaims.m1?.takenAt).toEqual(at(990));
    expect([condemned, gone]).toEqual([['m1'], undefined]);
    expect(events).toEqual([{ type: 'machine.condemned', data: { machineId: 'm1', attempt: 1 } }]);
  });

  it('records a machine as gone that is gone', () => {
    const { condemned, events, gone } = after(snapshotOf(machine), { do: 'recover', machine, isGone: true });
    expect([condemned, gone]).toEqual([[], ['m1']]);
    expect(events).toEqual([{ type: 'machine.gone', data: { machineId: 'm1' } }]);
  });

  it('goes on with what a replacement was waiting for, and lets a machine that drains go', () => {
    const { placement } = anInstance().progress;
    const waiting = { ...placement, round: 7, notBefore: at(1_100), waitingFor: 'capacity', detail: 'none' } as const;
    const placing = after(snapshotOf(machine, {}, { placement: waiting }), { do: 'recover', machine, isGone: false });
    expect(placing.after.progress.placement).toEqual({ ...waiting, since: NOW });
    const draining = { machineId: 'm0', until: at(2_000) };
    const drained = snapshotOf(machine, {}, { phase: 'draining', draining });
    expect(after(drained, { do: 'recover', machine, isGone: false }).condemned).toEqual(['m1', 'm0']);
  });
});
