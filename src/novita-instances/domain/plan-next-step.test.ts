import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aMachine, anAttempt, anInstance, at, holding, POLICY, T0, told } from '../../../test/support/facts-builder.js';
import { isGone } from './absence.js';
import { NO_READINESS, openAttempts, type Facts, type MachineState, type SentAction } from './instance.js';
import { planNextStep } from './plan-next-step.js';
import { beginReadiness } from './readiness.js';
import type { Step } from './step.js';

const plan = (facts: Facts, now = at(1)): Step => planNextStep(facts, now, POLICY);
const stopped = (progress = {}) => anInstance({ desired: 'stopped', generation: 2 }, progress);
const deleted = () => anInstance({ desired: 'deleted', generation: 2 });
const empty = (instance = anInstance()): Facts => told({ instance, attempts: [], machines: [] });
const sent = (changes: Partial<SentAction>): SentAction => ({
  verb: 'stop',
  generation: 2,
  sentAt: at(10),
  acknowledged: true,
  tries: 1,
  acknowledgements: 1,
  notBefore: at(40),
  refusal: null,
  ...changes,
});
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
    'a machine that is %s is waited for, and given up at its deadline',
    (state) => {
      expect(plan(holding(aMachine(state)))).toEqual({ do: 'rest', until: at(1800) });
      expect(plan(holding(aMachine(state)), at(1800))).toMatchObject({
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
    expect(plan(running(), at(600))).toMatchObject({
      do: 'fail',
      failure: { code: 'READINESS_TIMEOUT', machine: 'stop' },
    });
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
    const facts = holding(aMachine('exited'), anInstance({}, { action }));
    expect(plan(facts, at(20))).toEqual({ do: 'rest', until: at(40) });
    expect(plan(facts, at(40))).toMatchObject({ do: 'act', verb: 'start' });
    expect(plan(facts, at(900))).toMatchObject({ do: 'fail', failure: { code: 'START_TIMEOUT', machine: 'stop' } });
  });

  it('a restart is sent once, and over when a later look shows the machine running', () => {
    const asked = anInstance({ restartGeneration: 1 });
    expect(plan(holding(aMachine('running'), asked))).toMatchObject({ do: 'act', verb: 'restart' });
    const acknowledged = anInstance({ restartGeneration: 1 }, { action: sent({ verb: 'restart', generation: 1 }) });
    expect(plan(holding(aMachine('running', { observedAt: at(9) }), acknowledged), at(11))).toEqual({
      do: 'rest',
      until: at(12),
    });
    expect(plan(holding(aMachine('running', { observedAt: at(12) }), acknowledged), at(13))).toEqual({
      do: 'begin-run',
    });
  });

  it('a machine that Novita reports as failed fails the instance, and is given back when it never worked', () => {
    const machine = aMachine('exited');
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
    expect(plan(waiting(open({ cleanPasses: 9 })), at(119))).toEqual({ do: 'rest', until: at(120) });
    expect(plan(waiting(open({ cleanPasses: 2 })), at(500))).toEqual({ do: 'rest', until: at(502) });
    expect(plan(waiting(open({ cleanPasses: 3 })), at(120))).toMatchObject({ do: 'write-off' });
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

describe('a second machine of an instance', () => {
  const twins = (second = aMachine('running', { machineId: 'm2', attemptNumber: 2 })): Facts =>
    told({
      instance: anInstance({ machineId: 'm1' }),
      attempts: [anAttempt(), anAttempt({ number: 2, tag: 't2', state: 'ABSENT', machineId: null })],
      machines: [aMachine('running'), second],
    });

  it('is given back', () => {
    expect(plan(twins())).toMatchObject({ do: 'release', surplus: true, machine: { machineId: 'm2' } });
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
      plan(twins(aMachine('removing', { machineId: 'm2', attemptNumber: 2, releaseAcknowledgedAt: at(0) }))),
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
    expect(plan(acknowledged(1))).toEqual({ do: 'rest', until: null });
    expect(plan(acknowledged(2))).toMatchObject({ do: 'bury' });
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

describe('whatever the facts', () => {
  const STATES: MachineState[] = [
    'queued',
    'creating',
    'pulling',
    'starting',
    'running',
    'stopping',
    'exited',
    'migrating',
    'freezing',
    'removing',
    'removed',
    'unknown',
  ];
  const seconds = fc.integer({ min: 0, max: 5000 });
  const machine = fc
    .record({
      id: fc.constantFrom('m1', 'm2', 'm3'),
      attemptNumber: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom(...STATES),
      observed: seconds,
      proofs: fc.integer({ min: 0, max: 3 }),
      released: fc.option(seconds),
      gone: fc.boolean(),
    })
    .map(({ id, attemptNumber, state, observed, proofs, released, gone }) =>
      aMachine(state, {
        machineId: id,
        attemptNumber,
        observedAt: at(observed),
        missingProofs: proofs,
        releaseAcknowledgedAt: released === null ? null : at(released),
        goneAt: gone ? at(observed) : null,
      }),
    );
  const attempt = fc
    .record({
      number: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom(
        'SENDING' as const,
        'ACCEPTED' as const,
        'REJECTED' as const,
        'AMBIGUOUS' as const,
        'ABSENT' as const,
      ),
      sent: seconds,
      cleanPasses: fc.integer({ min: 0, max: 4 }),
    })
    .map(({ number, state, sent: sentAt, cleanPasses }) =>
      anAttempt({ number, tag: `t${number}`, state, sentAt: at(sentAt), settleAfter: at(sentAt + 120), cleanPasses }),
    );
  const facts = fc
    .record({
      desired: fc.constantFrom('running' as const, 'stopped' as const, 'deleted' as const),
      over: fc.boolean(),
      failed: fc.boolean(),
      bound: fc.option(fc.constantFrom('m1', 'm2', 'm3')),
      machines: fc.uniqueArray(machine, { selector: ({ machineId }) => machineId, maxLength: 3 }),
      attempts: fc.uniqueArray(attempt, { selector: ({ number }) => number, maxLength: 3 }),
      restart: fc.integer({ min: 0, max: 1 }),
    })
    .map(({ desired, over, failed, bound, machines, attempts, restart }): Facts => {
      const failure = failed
        ? { code: 'START_TIMEOUT' as const, message: 'x', at: T0, machine: 'stop' as const }
        : null;
      const instance = anInstance(
        {
          desired,
          restartGeneration: restart,
          deletedAt: desired === 'deleted' && over ? at(1) : null,
          machineId: machines.some(({ machineId }) => machineId === bound) ? bound : null,
        },
        { failure },
      );
      return told({ instance, machines, attempts });
    });
  const always = (property: (facts: Facts, step: Step, now: Date) => void): void => {
    fc.assert(
      fc.property(facts, seconds, (given, now) => {
        property(given, plan(given, at(now)), at(now));
      }),
      { numRuns: 3000 },
    );
  };

  it('there is a step, and it is the same for the same facts', () => {
    always((given, step, now) => {
      expect(planNextStep(structuredClone(given), now, POLICY)).toEqual(step);
    });
  });

  it('nothing is bought while a machine is held, or while a create may still come true', () => {
    always((given, step) => {
      if (step.do !== 'place') return;
      expect(given.instance.machineId).toBeNull();
      expect(openAttempts(given)).toEqual([]);
      expect(given.instance.desired).toBe('running');
    });
  });

  it('a delete is finished only when every machine is proved gone and every create is accounted for', () => {
    always((given, step) => {
      if (step.do !== 'finish-delete') return;
      expect(given.machines.every(({ goneAt }) => goneAt !== null)).toBe(true);
      expect(openAttempts(given)).toEqual([]);
    });
  });

  it('a held machine is given back only when that is wanted', () => {
    always((given, step) => {
      if (step.do !== 'release' || step.surplus) return;
      const { desired, progress } = given.instance;
      expect(desired === 'deleted' || progress.failure?.machine === 'release').toBe(true);
    });
  });

  it('only a machine that is proved gone is buried', () => {
    always((_given, step, now) => {
      if (step.do === 'bury') expect(isGone(step.machine, now)).toBe(true);
    });
  });
});
