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
} from '../../../test/support/facts-builder.js';
import type { Freeze } from '../../machines/domain/fleet-guard.js';
import { NO_READINESS, type SentAction } from '../domain/progress.js';
import type { Facts } from '../domain/instance.js';
import type { Machine, MachineState } from '../../machines/domain/machine.js';
import { planNextStep } from './plan-next-step.js';
import { beginReadiness } from '../domain/readiness.js';
import type { Step } from './step.js';

const plan = (facts: Facts, now = at(1)): Step => planNextStep(facts, OPEN, now, POLICY);
const FROZEN: Freeze = { at: at(0), why: 'kill-rate', detail: 'x' };
const stopped = (progress = {}) => anInstance({ desired: 'stopped', generation: 2 }, progress);
const deleted = () => anInstance({ desired: 'deleted', generation: 2 });
const empty = (instance = anInstance()): Facts => told({ instance, attempts: [], machines: [] });
const sent = (changes: Partial<SentAction>): SentAction => aSentAction({ verb: 'stop', generation: 2, ...changes });
const running = (progress: Partial<Facts['instance']['progress']> = {}) =>
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
    const facts = empty(anInstance({}, { placement: { ...placement, notBefore: at(30), waitingFor: 'capacity' } }));
    expect(plan(facts)).toEqual({ do: 'rest', until: at(30) });
    expect(plan(facts, at(30))).toEqual({ do: 'place' });
  });

  it('while creates are switched off it says so once, and rests however long that lasts', () => {
    const policy = { ...POLICY, createsEnabled: false };
    const off = (facts: Facts, now: Date) => planNextStep(facts, OPEN, now, policy);
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
    const facts = holding(aMachine('pulling'));
    expect(plan({ ...facts, instance: { ...facts.instance, toldStatus: 'provisioning' } })).toEqual({
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
    const facts = holding(machine, anInstance({}, { readiness: beginReadiness(anInstance().spec.readiness, T0) }));
    expect(plan(facts)).toEqual({ do: 'rest', until: at(600) });
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

  it('a machine that Novita reports as failed fails the instance, and is given back when it never worked', () => {
    const machine = aMachine('exited', { ranAt: null });
    machine.observation.failure = { code: 'PullImageFailed', message: 'manifest unknown' };
    expect(plan(holding(machine))).toMatchObject({
      do: 'fail',
      failure: { code: 'MACHINE_FAILED', machine: 'release' },
    });
  });

  it('a machine that is gone and not by us fails the instance: it is not bought again unasked', () => {
    const lost = aMachine('running', { missingProofs: 2, lastMissingAt: at(400) });
    expect(plan(holding(lost), at(401))).toMatchObject({ do: 'fail', failure: { code: 'MACHINE_LOST' } });
  });

  it('a machine that was judged lost and is back before its burial is kept, and never given back', () => {
    const failure = { code: 'MACHINE_LOST' as const, message: 'x', at: at(400), machine: 'stop' as const };
    const back = aMachine('running', { observedAt: at(402) });
    expect(plan(holding(back, anInstance({}, { failure })), at(403))).toEqual({ do: 'adopt', machine: back });
    const missingAgain = { ...back, missingProofs: 1 };
    expect(plan(holding(missingAgain, anInstance({}, { failure })), at(403))).toMatchObject({ do: 'rest' });
  });

  it('a machine that only one look missed is not lost', () => {
    const facts = running();
    const [machine] = facts.machines;
    if (machine) machine.missingProofs = 1;
    expect(plan(facts)).toMatchObject({ do: 'probe' });
  });
});

describe('a create whose outcome is not known', () => {
  const open = (changes = {}) => anAttempt({ state: 'AMBIGUOUS', machineId: null, decidedAt: null, ...changes });
  const waiting = (attempt = open(), instance = anInstance()): Facts =>
    told({ instance, attempts: [attempt], machines: [] });

  it('is never followed by another while its sender may live', () => {
    const facts = waiting(open({ state: 'SENDING' }));
    expect(plan(facts, at(34))).toEqual({ do: 'rest', until: at(35) });
    expect(plan(facts, at(35))).toMatchObject({ do: 'doubt' });
  });

  it('is written off only after the settle window and three clean passes', () => {
    const seen = (cleanPasses: number, last: number) => waiting(open({ cleanPasses, lastCleanPassAt: at(last) }));
    expect(plan(seen(9, 118), at(119))).toEqual({ do: 'rest', until: at(120) });
    expect(plan(seen(2, 499), at(500))).toEqual({ do: 'rest', until: at(502) });
    expect(plan(seen(3, 120), at(121))).toMatchObject({ do: 'write-off' });
    // nobody was there to look when it may have come true
    expect(plan(seen(9, 119), at(500))).toEqual({ do: 'rest', until: at(502) });
    expect(plan(waiting(open({ cleanPasses: 9 })), at(500))).toEqual({ do: 'rest', until: at(502) });
  });

  it('is adopted when its tag is seen, also while it is being sent', () => {
    for (const state of ['SENDING', 'AMBIGUOUS'] as const) {
      const facts = told({ instance: anInstance(), attempts: [open({ state })], machines: [aMachine('creating')] });
      expect(plan(facts)).toMatchObject({ do: 'adopt', machine: { machineId: 'm1' } });
    }
  });

  it('is kept when it comes true after it was written off and nothing else was bought', () => {
    const facts = told({
      instance: anInstance(),
      attempts: [open({ state: 'ABSENT' })],
      machines: [aMachine('creating')],
    });
    expect(plan(facts)).toMatchObject({ do: 'adopt' });
  });

  it('holds a delete open: it could still come true', () => {
    expect(plan(waiting(open(), deleted()), at(60))).toEqual({ do: 'rest', until: at(120) });
    expect(plan(told({ instance: deleted(), attempts: [open({ state: 'ABSENT' })], machines: [] }))).toEqual({
      do: 'finish-delete',
    });
  });

  it('after three that were written off, a person has to look', () => {
    const attempts = [1, 2, 3].map((number) =>
      open({ number, tag: `t${number}`, state: 'ABSENT', sentAt: at(number) }),
    );
    expect(plan(told({ instance: anInstance(), attempts, machines: [] }), at(600))).toMatchObject({
      do: 'fail',
      failure: { code: 'CREATE_UNCERTAIN' },
    });
  });
});

describe('a machine that was stopped, and is wanted running', () => {
  const stopped = (wantedAt: Date): Facts =>
    told({
      instance: anInstance({ machineId: 'm1' }, { wantedAt }),
      attempts: [anAttempt()],
      machines: [aMachine('exited')],
    });
  const seenLongAgo = { ...OPEN, verifiedAt: at(-1_000) };

  it('is started, also before the list is read when that was wished just now', () => {
    expect(plan(stopped(at(-900)), at(1))).toMatchObject({ do: 'act', verb: 'start' });
    expect(planNextStep(stopped(at(-298)), seenLongAgo, at(1), POLICY)).toMatchObject({ do: 'act', verb: 'start' });
  });

  it('waits for the list when the wish may be a restored database’s', () => {
    expect(planNextStep(stopped(at(-299)), seenLongAgo, at(1), POLICY)).toMatchObject({ do: 'rest' });
  });
});

describe('a second machine of an instance', () => {
  const second = (changes: Partial<Machine> = {}) =>
    aMachine('running', { machineId: 'm2', attemptNumber: 2, ...changes });
  const twins = (other = second()): Facts =>
    told({
      instance: anInstance({ machineId: 'm1' }),
      attempts: [anAttempt(), anAttempt({ number: 2, tag: 't2', state: 'ABSENT', machineId: null })],
      machines: [aMachine('running'), other],
    });

  it('is condemned first, and given back when that is on record', () => {
    expect(plan(twins())).toMatchObject({ do: 'condemn', machine: { machineId: 'm2' } });
    expect(plan(twins(second({ condemnedAt: at(0) })))).toMatchObject({
      do: 'release',
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
    const held = (facts: Facts) => planNextStep(facts, guard, at(1), POLICY);
    expect(held(twins())).toEqual({ do: 'begin-run' });
    expect(held(twins(second({ condemnedAt: at(0) })))).toMatchObject({ do: 'release', surplus: true });
  });

  it('is only reported while the deployment is new', () => {
    const policy = { ...POLICY, reportOnlyUntil: at(60) };
    expect(planNextStep(twins(), OPEN, at(59), policy)).toEqual({ do: 'begin-run' });
    expect(planNextStep(twins(), OPEN, at(60), policy)).toMatchObject({ do: 'condemn' });
  });

  it('of a create that is not on record is left to a person', () => {
    const facts = twins();
    expect(plan({ ...facts, attempts: facts.attempts.slice(0, 1) })).toEqual({ do: 'begin-run' });
  });

  it('is given back also when the instance is deleted and over', () => {
    const late = told({
      instance: anInstance({ desired: 'deleted', deletedAt: at(0) }),
      attempts: [anAttempt()],
      machines: [aMachine('pulling')],
    });
    expect(plan(late)).toMatchObject({ do: 'release', surplus: true });
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
    ).toEqual({ do: 'begin-run' });
  });
});

describe('the next step of an instance that should be stopped', () => {
  it('a running machine is stopped once, and again when the stop shows no effect', () => {
    expect(plan(holding(aMachine('running'), stopped()))).toMatchObject({ do: 'act', verb: 'stop' });
    const facts = (observedAt: number) =>
      holding(aMachine('running', { observedAt: at(observedAt) }), stopped({ action: sent({}) }));
    expect(plan(facts(12), at(13))).toMatchObject({ do: 'rest' });
    expect(plan(facts(26), at(27))).toMatchObject({ do: 'act', verb: 'stop' });
  });

  it('a machine on its way up is waited for: Novita stops only what runs', () => {
    expect(plan(holding(aMachine('pulling'), stopped()))).toEqual({ do: 'rest', until: at(600) });
  });

  it('a stopped machine is left alone', () => {
    expect(plan(holding(aMachine('exited'), stopped()), at(99_999))).toEqual({ do: 'rest', until: null });
  });

  it('without a machine there is nothing to do', () => {
    expect(plan(empty(stopped()), at(99_999))).toEqual({ do: 'rest', until: null });
  });
});

describe('the next step of an instance that should be deleted', () => {
  it.each<[MachineState]>([['queued'], ['pulling'], ['running'], ['exited'], ['unknown'], ['freezing']])(
    'a machine that is %s is given back at once',
    (state) => {
      expect(plan(holding(aMachine(state), deleted()))).toMatchObject({ do: 'release', surplus: false });
    },
  );

  it('an acknowledged delete is not the end: only proved absence is', () => {
    const acknowledged = (missingProofs: number) =>
      holding(aMachine('running', { releaseAcknowledgedAt: at(0), missingProofs }), deleted());
    expect(plan(acknowledged(0))).toEqual({ do: 'rest', until: null });
    expect(plan(acknowledged(1))).toEqual({ do: 'rest', until: at(60) });
    expect(plan(acknowledged(2), at(60))).toMatchObject({ do: 'bury' });
  });

  it('a delete that shows no effect is sent again', () => {
    const ignored = aMachine('running', { releaseAcknowledgedAt: at(0), observedAt: at(21) });
    expect(plan(holding(ignored, deleted()), at(22))).toMatchObject({ do: 'release' });
  });

  it('is finished when nothing is left', () => {
    expect(plan(empty(deleted()))).toEqual({ do: 'finish-delete' });
  });
});

describe('a failed instance', () => {
  const failed = (machine: 'stop' | 'release') =>
    anInstance({}, { failure: { code: 'START_TIMEOUT', message: 'x', at: T0, machine } });

  it('stops or gives back its machine, and rests', () => {
    expect(plan(holding(aMachine('running'), failed('stop')))).toMatchObject({ do: 'act', verb: 'stop' });
    expect(plan(holding(aMachine('exited'), failed('stop')))).toEqual({ do: 'rest', until: null });
    expect(plan(holding(aMachine('pulling'), failed('release')))).toMatchObject({ do: 'release' });
    expect(plan(empty(failed('release')))).toEqual({ do: 'rest', until: null });
  });
});
