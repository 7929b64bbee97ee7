import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anAttempt,
  anInstance,
  aSentAction,
  aSpec,
  at,
  OPEN,
  POLICY,
  told,
} from '../../../test/support/snapshot-builder.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import type { Machine, MachineState, SpotState } from '../../machines/domain/machine.js';
import type { OnReclaim } from '../../vocabulary/on-reclaim.js';
import type { Instance, Snapshot } from '../domain/instance.js';
import { NO_READINESS, type Progress, type Reclaim } from '../domain/progress.js';
import { newReplacement } from '../domain/replacement.js';
import type { Replacement } from '../domain/replacement-progress.js';
import { planNextStep } from './plan-next-step.js';
import type { Step } from './step.js';

const NOW = at(1_000);
const DEADLINE = at(4_000);
const FROZEN: Guard = { ...OPEN, frozen: { at: at(50), why: 'unknown-machines', detail: 'x' } };
const READY = {
  ...NO_READINESS,
  verdict: 'ready',
  runningSince: at(0),
  readyAt: at(5),
  nextProbeAt: at(9_000),
} as const;
const NOTICED: Reclaim = {
  noticedAt: at(400),
  deadline: DEADLINE,
  isAssumed: false,
  takenAt: null,
  failures: 0,
  notBefore: null,
};
const TAKEN: Reclaim = { ...NOTICED, takenAt: at(990) };

const seen = (state: MachineState, spot: SpotState | null, reclaimAt: Date | null = null, changes = {}): Machine => {
  const { observation, ...machine } = aMachine(state, { observedAt: at(999), changedAt: at(980), ...changes });
  return {
    ...machine,
    observation: {
      ...observation,
      spot: spot && { state: spot, reclaimAt: reclaimAt?.toISOString() ?? null },
    },
  };
};

interface World {
  machine: Machine;
  others?: Machine[];
  reclaims?: Progress['reclaims'];
  onReclaim?: OnReclaim;
  replacement?: Partial<Replacement>;
  instance?: Partial<Instance>;
  progress?: Partial<Progress>;
}
const world = ({ machine, others = [], reclaims = {}, onReclaim = 'replace', ...rest }: World): Snapshot => {
  const instance = anInstance(
    { machineId: 'm1', spec: aSpec({ onReclaim }), ...rest.instance },
    { readiness: machine.observation.state === 'running' ? READY : NO_READINESS, reclaims, ...rest.progress },
  );
  const attempts = [
    anAttempt(),
    ...others.map(({ machineId, attemptNumber }) => anAttempt({ machineId, number: attemptNumber })),
  ];
  const snapshot: Snapshot = { instance, attempts, machines: [machine, ...others] };
  if (!rest.replacement) return told(snapshot);
  const replacement = { ...newReplacement('reclaim', snapshot, at(410)), firstAttempt: 2, ...rest.replacement };
  return told({ ...snapshot, instance: { ...instance, replacement } });
};
const step = (given: World, now = NOW, guard = OPEN): Step => planNextStep(world(given), guard, now, POLICY);

const WARMING = { phase: 'warming', successorId: 'm2' } as const;
const successor = (state: MachineState = 'pulling', spot: SpotState | null = 'running'): Machine =>
  seen(state, spot, null, { machineId: 'm2', attemptNumber: 2 });
const notified = seen('running', 'notified', DEADLINE);
const kept = seen('running', 'running');
const taken = seen('exited', 'terminated', at(980));
const gone = { ...notified, missingProofs: 2, lastMissingAt: at(995) };

describe('what Novita says of a reclaim', () => {
  it.each<[what: string, given: World, news: string]>([
    ['a notice', { machine: notified }, 'noticed'],
    ['a notice without a time', { machine: seen('running', 'notified') }, 'noticed'],
    [
      'a machine that is being taken, when no notice was seen',
      { machine: seen('running', 'reclaiming', NOW) },
      'noticed',
    ],
    [
      'the time of a notice that had none',
      { machine: notified, reclaims: { m1: { ...NOTICED, isAssumed: true } } },
      'noticed',
    ],
    [
      'a notice after the machine was taken and started again',
      { machine: notified, reclaims: { m1: TAKEN } },
      'noticed',
    ],
    [
      'a notice of the machine that is to take over',
      { machine: kept, others: [successor('running', 'notified')], replacement: { ...WARMING, reason: 'requested' } },
      'noticed',
    ],
    ['that a machine was taken after a notice', { machine: taken, reclaims: { m1: NOTICED } }, 'taken'],
    ['that a machine was taken without a notice', { machine: taken }, 'taken'],
    ['that a machine was taken, by the time alone', { machine: seen('exited', 'reclaiming', at(980)) }, 'taken'],
    ['that a machine is gone after its notice', { machine: gone, reclaims: { m1: NOTICED } }, 'taken'],
    [
      'that a machine is gone which was last seen being taken',
      { machine: seen('removed', 'terminated', at(980)) },
      'taken',
    ],
    ['that Novita keeps the machine after all', { machine: kept, reclaims: { m1: NOTICED } }, 'called-off'],
  ])('is told: %s', (_, given, news) => {
    expect(step(given)).toMatchObject({ do: 'tell-reclaim', news });
  });

  it.each<[what: string, given: World]>([
    ['a notice that was told', { machine: notified, reclaims: { m1: NOTICED } }],
    [
      'a notice without a time that was told',
      { machine: seen('running', 'notified'), reclaims: { m1: { ...NOTICED, isAssumed: true } } },
    ],
    ['that a machine was taken, when that was told', { machine: taken, reclaims: { m1: TAKEN } }],
    ['of a machine that went down before its deadline', { machine: seen('exited', 'notified', DEADLINE) }],
    [
      'of a machine that a person has stopped in the console',
      { machine: seen('exited', null), reclaims: { m1: NOTICED } },
    ],
    [
      'of a machine that was stopped during its notice',
      { machine: seen('exited', 'notified'), reclaims: { m1: NOTICED } },
    ],
    [
      'of a machine that starts again and still carries the word',
      { machine: seen('starting', 'reclaiming', at(980)), reclaims: { m1: TAKEN } },
    ],
    ['of a machine that is to be stopped', { machine: notified, instance: { desired: 'stopped' } }],
    ['of a machine that runs on demand', { machine: seen('running', null) }],
  ])('is not told: %s', (_, given) => {
    expect(step(given).do).not.toBe('tell-reclaim');
  });

  it('waits while the guard holds when the machine is only not seen any more', () => {
    expect(step({ machine: gone, reclaims: { m1: NOTICED } }, NOW, FROZEN).do).not.toBe('tell-reclaim');
    expect(step({ machine: taken }, NOW, FROZEN)).toMatchObject({ do: 'tell-reclaim' });
  });
});

describe('a machine that Novita takes back', () => {
  const noticed = { machine: notified, reclaims: { m1: NOTICED } };

  it('is replaced at once', () => {
    expect(step(noticed)).toEqual({ do: 'begin-replacement', reason: 'reclaim' });
    expect(step({ ...noticed, progress: { readiness: { ...READY, nextProbeAt: at(900) } } })).toMatchObject({
      do: 'begin-replacement',
    });
  });

  it.each(['wait', 'none'] as const)('is not replaced with onReclaim %s', (onReclaim) => {
    expect(step({ ...noticed, onReclaim })).toMatchObject({ do: 'rest' });
  });

  it('is replaced again when the new machine has failed: later each time, and not without end', () => {
    const after = (changes: Partial<Reclaim>): World => ({ ...noticed, reclaims: { m1: { ...NOTICED, ...changes } } });
    expect(step(after({ failures: 2, notBefore: at(1_200) }))).toEqual({ do: 'rest', until: at(1_200) });
    expect(step(after({ failures: 2, notBefore: NOW }))).toMatchObject({ do: 'begin-replacement' });
    expect(step(after({ failures: 5, notBefore: at(900) }))).toMatchObject({ do: 'rest' });
  });

  it('has a successor that waits for capacity however long that takes', () => {
    const late = at(3_990);
    const { placement } = anInstance().progress;
    const replacement = { placement: { ...placement, since: at(0), notBefore: late } };
    expect(step({ ...noticed, replacement }, at(3_900))).toMatchObject({ do: 'rest', until: late });
    const requested = { ...replacement, reason: 'requested' } as const;
    expect(step({ ...noticed, replacement: requested }, at(3_900))).toMatchObject({
      do: 'for-successor',
      step: { do: 'fail' },
    });
  });

  it('is not replaced before the machine before it has drained, unless the reclaim is near', () => {
    const old = seen('running', 'running', null, { machineId: 'm0', attemptNumber: 0 });
    const draining = { machineId: 'm0', until: at(3_900) };
    const given = { ...noticed, others: [old], replacement: { phase: 'draining', draining } as const };
    expect(step(given)).toEqual({ do: 'rest', until: at(2_200) });
    expect(step(given, at(2_200))).toMatchObject({ do: 'end-replacement', machine: { machineId: 'm0' } });
    expect(step({ ...given, onReclaim: 'wait' }, at(2_200))).toMatchObject({ do: 'rest' });
  });
});

describe('a reclaim that is called off', () => {
  const base = { machine: kept };

  it('ends the replacement, and the machine with the data stays', () => {
    expect(step({ ...base, replacement: {} })).toEqual({ do: 'cancel-replacement' });
    expect(step({ ...base, others: [successor()], replacement: WARMING })).toEqual({ do: 'cancel-replacement' });
  });

  it('does not end a replacement that a caller asked for', () => {
    const replacement = { ...WARMING, reason: 'requested' } as const;
    expect(step({ ...base, others: [successor()], replacement })).toMatchObject({ do: 'rest' });
  });

  it('waits for a create whose outcome is not known, for a look that shows it, and for the guard', () => {
    const given = world({ ...base, replacement: {} });
    const sending = anAttempt({ number: 2, tag: 'nvt-2', state: 'SENDING', machineId: null, sentAt: at(995) });
    const open = { ...given, attempts: [...given.attempts, sending] };
    expect(planNextStep(open, OPEN, NOW, POLICY)).toMatchObject({ do: 'rest' });
    expect(step({ machine: seen('unknown', 'running'), replacement: {} }).do).not.toBe('cancel-replacement');
    expect(step({ ...base, others: [successor()], replacement: WARMING }, NOW, FROZEN)).toMatchObject({ do: 'rest' });
  });

  it('brings the old machine not back when the new machine has taken over', () => {
    const old = seen('running', 'running', null, { machineId: 'm0', attemptNumber: 0 });
    const replacement = { phase: 'draining', draining: { machineId: 'm0', until: at(990) } } as const;
    expect(step({ ...base, others: [old], replacement })).toMatchObject({ do: 'end-replacement' });
  });
});

describe('a machine that Novita has taken', () => {
  const given = { machine: taken, reclaims: { m1: TAKEN } };
  const sent = (changes: Parameters<typeof aSentAction>[0]) => ({
    ...given,
    progress: { action: aSentAction({ sentAt: at(991), notBefore: at(1_010), ...changes }) },
  });

  it.each(['replace', 'wait'] as const)('is started where it was, with onReclaim %s', (onReclaim) => {
    expect(step({ ...given, onReclaim })).toMatchObject({ do: 'act', verb: 'start' });
  });

  it('is given up when it cannot be started there, or not soon', () => {
    const refused = { acknowledged: false, refusal: 'INSUFFICIENT_RESOURCE: x' };
    expect(step(sent(refused))).toMatchObject({ do: 'recover', isGone: false });
    expect(step(sent({ ...refused, isPassing: true }))).toMatchObject({ do: 'rest' });
    expect(step(sent({ ...refused, doubtful: true }))).toMatchObject({ do: 'rest' });
    expect(step(sent({ acknowledgements: 5 }))).toMatchObject({ do: 'recover' });
    const late = { ...given, machine: { ...taken, observedAt: at(1_101) } };
    expect(step(late, at(1_102))).toMatchObject({ do: 'recover' });
    // judged by a look from after the time that it has, and not before
    expect(step(given, at(1_102))).toMatchObject({ do: 'rest' });
    expect(step(late, at(1_102), FROZEN)).toMatchObject({ do: 'rest' });
  });

  it('is given up at once when its record is gone, or when a new machine is being bought', () => {
    expect(step({ machine: gone, reclaims: { m1: TAKEN } })).toMatchObject({ do: 'recover', isGone: true });
    expect(step({ ...given, replacement: {} })).toMatchObject({ do: 'recover', isGone: false });
    expect(step({ machine: gone, reclaims: { m1: TAKEN } }, NOW, FROZEN)).toMatchObject({ do: 'rest' });
  });

  it('leaves its place to the new machine as it is', () => {
    expect(step({ ...given, others: [successor()], replacement: WARMING })).toEqual({ do: 'cut-over' });
    expect(step({ ...given, others: [successor()], replacement: { ...WARMING, reason: 'requested' } })).toEqual({
      do: 'cut-over',
    });
  });

  it('rests with onReclaim none, until a caller asks for it to run', () => {
    const none = { ...given, onReclaim: 'none' } as const;
    expect(step(none)).toMatchObject({ do: 'fail', failure: { code: 'MACHINE_RECLAIMED', machine: 'stop' } });
    expect(step({ ...none, machine: gone })).toMatchObject({ do: 'fail', failure: { code: 'MACHINE_RECLAIMED' } });
    expect(step({ ...none, progress: { wantedAt: at(995) } })).toMatchObject({ do: 'act', verb: 'start' });
    expect(step({ ...none, machine: gone }, NOW, FROZEN)).toMatchObject({ do: 'rest' });
    // a restart that was asked for before it was taken is no such wish
    expect(step({ ...none, machine: gone, progress: { wantedAt: at(985) } })).toMatchObject({ do: 'fail' });
  });

  it('fails the replacement, and not the instance, when it was to take over', () => {
    const lost = seen('exited', 'terminated', at(980), { machineId: 'm2', attemptNumber: 2 });
    const reclaims = { m1: NOTICED, m2: TAKEN };
    expect(step({ machine: notified, others: [lost], reclaims, replacement: WARMING })).toMatchObject({
      do: 'for-successor',
      step: { do: 'fail', failure: { code: 'MACHINE_RECLAIMED', machine: 'release' } },
    });
  });

  it('is left alone when the instance is to be stopped', () => {
    expect(step({ ...given, instance: { desired: 'stopped' } })).toMatchObject({ do: 'rest' });
  });

  it('is lost, and not reclaimed, when nothing was said of a reclaim', () => {
    const vanished = { ...kept, missingProofs: 2, lastMissingAt: at(995) };
    expect(step({ machine: vanished })).toMatchObject({ do: 'fail', failure: { code: 'MACHINE_LOST' } });
  });
});
