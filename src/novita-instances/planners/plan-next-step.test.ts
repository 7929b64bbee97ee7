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
import { NO_READINESS, type SentAction } from '../domain/progress.js';
import type { Snapshot } from '../domain/instance.js';
import type { MachineState } from '../../machines/domain/machine.js';
import { planNextStep } from './plan-next-step.js';
import { beginReadiness } from '../domain/readiness.js';
import type { Step } from './step.js';

const plan = (snapshot: Snapshot, now = at(1)): Step => planNextStep(snapshot, OPEN, now, POLICY);
const empty = (instance = anInstance()): Snapshot => told({ instance, attempts: [], machines: [] });
const sent = (changes: Partial<SentAction>): SentAction => aSentAction({ verb: 'stop', generation: 2, ...changes });
const running = (progress: Partial<Snapshot['instance']['progress']> = {}) =>
  holding(
    aMachine('running'),
    anInstance({}, { readiness: beginReadiness(anInstance().spec.readiness, T0), ...progress }),
  );

describe('the next step of an instance that should run', () => {
  it('without a machine it is placed', () => {
    expect(plan(empty())).toEqual({ do: 'place' });
  });

  it('while it must wait for capacity it rests until then', () => {
    const { placement } = anInstance().progress;
    const snapshot = empty(anInstance({}, { placement: { ...placement, notBefore: at(30), waitingFor: 'capacity' } }));
    expect(plan(snapshot)).toEqual({ do: 'rest', until: at(30) });
    expect(plan(snapshot, at(30))).toEqual({ do: 'place' });
  });

  it('while creates are switched off it says so once, and rests however long that lasts', () => {
    const policy = { ...POLICY, createsEnabled: false };
    const off = (snapshot: Snapshot, now: Date) => planNextStep(snapshot, OPEN, now, policy);
    const hold = off(empty(), at(1));
    if (hold.do !== 'hold') throw new Error(hold.do);
    const { waitingFor, detail } = hold;
    expect(waitingFor).toBe('paused');
    expect(detail).toContain('CREATES_ENABLED');
    const { placement } = anInstance().progress;
    const held = empty(anInstance({}, { placement: { ...placement, waitingFor, detail, heldSince: at(1) } }));
    expect(off(held, at(10_000))).toEqual({ do: 'rest', until: at(10_015) });
    // and goes on as soon as they are on again: the time does not count
    expect(planNextStep(held, { ...OPEN, verifiedAt: at(10_000) }, at(10_001), POLICY)).toEqual({ do: 'place' });
    // what is bought already is followed as ever
    expect(off(running(), at(1))).toEqual(plan(running(), at(1)));
  });

  it('when nothing could be bought for the whole capacity timeout it fails', () => {
    expect(plan(empty(), at(3600))).toMatchObject({ do: 'fail', failure: { code: 'NO_CAPACITY' } });
  });

  it('callers are told a changed status before anything else is done', () => {
    const snapshot = holding(aMachine('pulling'));
    expect(plan({ ...snapshot, instance: { ...snapshot.instance, toldStatus: 'provisioning' } })).toEqual({
      do: 'tell',
      status: 'pulling',
    });
  });

  it.each<[MachineState]>([['queued'], ['creating'], ['pulling']])(
    'a machine that is %s is waited for, and given up when a look after its deadline still shows it so',
    (state) => {
      const seenAt = (seconds: number) => holding(aMachine(state, { observedAt: at(seconds) }));
      expect(plan(seenAt(0))).toEqual({ do: 'rest', until: at(1800) });
      expect(plan(seenAt(1799), at(1800))).toEqual({ do: 'rest', until: at(1805) });
      expect(plan(seenAt(1800), at(1800))).toMatchObject({
        do: 'fail',
        failure: { code: 'PROVISION_TIMEOUT', machine: 'release' },
      });
    },
  );

  it('a machine that runs begins a run, is asked, and is asked again when its time has come', () => {
    expect(plan(holding(aMachine('running')))).toEqual({ do: 'begin-run' });
    expect(plan(running())).toMatchObject({ do: 'probe' });
    const later = { ...NO_READINESS, runningSince: T0, nextProbeAt: at(5) };
    expect(plan(running({ readiness: later }))).toEqual({ do: 'rest', until: at(5) });
  });

  it('a workload that never answers fails the instance and stops the machine, and keeps its disk', () => {
    const silent = (observedAt: number, nextProbeAt: number) => {
      const readiness = { ...NO_READINESS, runningSince: T0, nextProbeAt: at(nextProbeAt) };
      return holding(aMachine('running', { observedAt: at(observedAt) }), anInstance({}, { readiness }));
    };
    expect(plan(silent(599, 630), at(600))).toEqual({ do: 'rest', until: at(605) });
    expect(plan(silent(600, 630), at(600))).toMatchObject({
      do: 'fail',
      failure: { code: 'READINESS_TIMEOUT', machine: 'stop' },
    });
  });

  it('a workload that is due to be asked is asked before it is judged, however late we are', () => {
    expect(plan(running(), at(9000))).toMatchObject({ do: 'probe' });
  });

  it('a workload that was ready and is not any more never fails the instance', () => {
    const readiness = {
      ...NO_READINESS,
      verdict: 'unready' as const,
      runningSince: T0,
      readyAt: at(5),
      nextProbeAt: at(9999),
    };
    expect(plan(running({ readiness }), at(9000))).toEqual({ do: 'rest', until: at(9999) });
  });

  it('a machine without addresses yet is not asked', () => {
    const machine = aMachine('running');
    machine.observation.endpoints = [{ port: 8188, protocol: 'http', address: null }];
    const snapshot = holding(machine, anInstance({}, { readiness: beginReadiness(anInstance().spec.readiness, T0) }));
    expect(plan(snapshot)).toEqual({ do: 'rest', until: at(600) });
  });

  it('a machine that went down ends its run and is started again, never bought anew', () => {
    const wasReady = { ...NO_READINESS, verdict: 'ready' as const, runningSince: T0, readyAt: at(5) };
    expect(plan(holding(aMachine('exited'), anInstance({}, { readiness: wasReady })))).toEqual({ do: 'end-run' });
    expect(plan(holding(aMachine('exited')))).toMatchObject({ do: 'act', verb: 'start' });
  });

  it('a start that Novita refuses is repeated after its back-off, and fails at its deadline without touching the disk', () => {
    const action = sent({
      verb: 'start',
      generation: 1,
      acknowledged: false,
      notBefore: at(40),
      refusal: 'INSUFFICIENT_RESOURCE: none',
    });
    const seenAt = (seconds: number) =>
      holding(aMachine('exited', { observedAt: at(seconds) }), anInstance({}, { action }));
    expect(plan(seenAt(0), at(20))).toEqual({ do: 'rest', until: at(40) });
    expect(plan(seenAt(0), at(40))).toMatchObject({ do: 'act', verb: 'start' });
    expect(plan(seenAt(899), at(900))).toEqual({ do: 'rest', until: at(905) });
    expect(plan(seenAt(900), at(900))).toMatchObject({
      do: 'fail',
      failure: { code: 'START_TIMEOUT', machine: 'stop' },
    });
  });

  it('a machine that Novita reports as failed fails the instance, and is deleted when it never worked', () => {
    const machine = aMachine('exited', { ranAt: null });
    machine.observation.failure = { code: 'PullImageFailed', message: 'manifest unknown' };
    expect(plan(holding(machine))).toMatchObject({
      do: 'fail',
      failure: { code: 'IMAGE_PULL_FAILED', machine: 'release' },
    });
  });

  it('a machine that is gone and not by us fails the instance: it is not bought again unasked', () => {
    const lost = aMachine('running', { missingProofs: 2, lastMissingAt: at(400) });
    expect(plan(holding(lost), at(401))).toMatchObject({ do: 'fail', failure: { code: 'MACHINE_LOST' } });
  });

  it('a machine that was judged lost and is back before it is recorded as gone is kept, and never deleted', () => {
    const failure = { code: 'MACHINE_LOST' as const, message: 'x', at: at(400), machine: 'stop' as const };
    const back = aMachine('running', { observedAt: at(402) });
    expect(plan(holding(back, anInstance({}, { failure })), at(403))).toEqual({ do: 'adopt', machine: back });
    const missingAgain = { ...back, missingProofs: 1 };
    expect(plan(holding(missingAgain, anInstance({}, { failure })), at(403))).toMatchObject({ do: 'rest' });
  });

  it('a machine that only one look missed is not lost', () => {
    const snapshot = running();
    const [machine] = snapshot.machines;
    if (machine) machine.missingProofs = 1;
    expect(plan(snapshot)).toMatchObject({ do: 'probe' });
  });
});

describe('a machine that was stopped, and is wanted running', () => {
  const stopped = (wantedAt: Date): Snapshot =>
    told({
      instance: anInstance({ machineId: 'm1' }, { wantedAt }),
      attempts: [anAttempt()],
      machines: [aMachine('exited')],
    });
  const seenLongAgo = { ...OPEN, verifiedAt: at(-1_000) };

  it('is started, also before the list is read when that was asked for just now', () => {
    expect(plan(stopped(at(-900)), at(1))).toMatchObject({ do: 'act', verb: 'start' });
    expect(planNextStep(stopped(at(-298)), seenLongAgo, at(1), POLICY)).toMatchObject({ do: 'act', verb: 'start' });
  });

  it('waits for the list when the command may be a restored database’s', () => {
    expect(planNextStep(stopped(at(-299)), seenLongAgo, at(1), POLICY)).toMatchObject({ do: 'rest' });
  });
});

describe('what comes first', () => {
  const failure = { code: 'START_TIMEOUT' as const, message: 'x', at: T0, machine: 'stop' as const };
  const surplus = aMachine('running', { machineId: 'm2', attemptNumber: 2, condemnedAt: at(0) });
  const inDoubt = anAttempt({ number: 3, tag: 't3', state: 'AMBIGUOUS', machineId: null, decidedAt: null });
  const whole = (desired: 'running' | 'stopped' | 'deleted', progress = {}): Snapshot => ({
    ...holding(aMachine('running'), anInstance({ desired, generation: 2 }, progress)),
    attempts: [anAttempt(), anAttempt({ number: 2, tag: 't2', state: 'ABSENT', machineId: null }), inDoubt],
  });

  it.each<[string, Snapshot, Partial<Step>]>([
    ['the status, before a surplus machine', { ...whole('running'), machines: [surplus] }, { do: 'tell' }],
    [
      'a surplus machine, before the delete of the instance',
      told({ ...whole('deleted'), machines: [aMachine('running'), surplus] }),
      { do: 'delete-machine', surplus: true },
    ],
    [
      'a create that is proved absent, before the delete of the instance',
      told({ ...whole('deleted'), attempts: [anAttempt(), { ...inDoubt, cleanPasses: 3, lastCleanPassAt: at(120) }] }),
      { do: 'write-off' },
    ],
    ['a delete, before a failure', told(whole('deleted', { failure })), { do: 'delete-machine', surplus: false }],
    ['a failure, before what is wanted', told(whole('running', { failure })), { do: 'act', verb: 'stop' }],
    ['a stop, before a run', told(whole('stopped')), { do: 'act', verb: 'stop' }],
    ['a run, when nothing else is to be done', told(whole('running')), { do: 'begin-run' }],
  ])('%s', (_, snapshot, step) => {
    expect(plan(snapshot, at(121))).toMatchObject(step);
  });
});
