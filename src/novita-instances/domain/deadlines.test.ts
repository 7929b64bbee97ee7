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
import { addSeconds } from '../../time/clock.js';
import { DEADLINES, deadlineOf, type Deadline } from './deadlines.js';
import { guardAfterPass, resume, type Guard } from '../../machines/domain/fleet-guard.js';
import { NO_READINESS, type SentAction } from './progress.js';
import type { Snapshot } from './instance.js';
import { planNextStep } from '../planners/plan-next-step.js';
import { NO_SIGHT, sightAfter } from '../../machines/domain/sight.js';

/** Every deadline meets everything that holds an instance up: time in which nothing could be done is put to no account. */

const TIMEOUT = 100;
const policy = {
  ...POLICY,
  capacityTimeoutSeconds: TIMEOUT,
  provisionTimeoutSeconds: TIMEOUT,
  startTimeoutSeconds: TIMEOUT,
  stopTimeoutSeconds: TIMEOUT,
  readinessTimeoutSeconds: TIMEOUT,
};

interface Trial {
  snapshot: Snapshot;
  guard: Guard;
}

/** Refused by Novita for a reason that has to do with the machine, until long after the deadline. */
const refused = (verb: SentAction['verb'], generation: number): SentAction =>
  aSentAction({
    verb,
    generation,
    sentAt: at(1),
    acknowledged: false,
    acknowledgements: 0,
    notBefore: at(9_999),
    refusal: 'CONFLICT: not now',
  });

/** What fails by the deadline when nothing holds it up. `lookedAt`: when the machine was last seen, in seconds. */
const SUBJECTS: { what: string; deadline: Deadline; code: string; snapshot: (lookedAt: number) => Snapshot }[] = [
  {
    what: 'no offer is free',
    deadline: 'capacity',
    code: 'NO_CAPACITY',
    snapshot: () => told({ instance: anInstance(), attempts: [], machines: [] }),
  },
  ...(['queued', 'creating', 'pulling', 'unknown'] as const).map((state) => ({
    what: `the machine is ${state}`,
    deadline: 'provision' as const,
    code: 'PROVISION_TIMEOUT',
    snapshot: (lookedAt: number) => holding(aMachine(state, { observedAt: at(lookedAt) })),
  })),
  ...(['starting', 'stopping', 'migrating', 'removing'] as const).map((state) => ({
    what: `the machine is ${state}`,
    deadline: 'start' as const,
    code: 'START_TIMEOUT',
    snapshot: (lookedAt: number) => holding(aMachine(state, { observedAt: at(lookedAt) })),
  })),
  {
    what: 'a start is refused',
    deadline: 'start',
    code: 'START_TIMEOUT',
    snapshot: (lookedAt) =>
      holding(aMachine('exited', { observedAt: at(lookedAt) }), anInstance({}, { action: refused('start', 1) })),
  },
  {
    what: 'a restart is refused',
    deadline: 'start',
    code: 'START_TIMEOUT',
    snapshot: (lookedAt) =>
      holding(
        aMachine('running', { observedAt: at(lookedAt) }),
        anInstance({ restartGeneration: 1 }, { action: refused('restart', 1) }),
      ),
  },
  {
    what: 'a stop is refused',
    deadline: 'stop',
    code: 'STOP_TIMEOUT',
    snapshot: (lookedAt) =>
      holding(
        aMachine('running', { observedAt: at(lookedAt) }),
        anInstance({ desired: 'stopped' }, { action: refused('stop', 1) }),
      ),
  },
  {
    what: 'the workload does not answer',
    deadline: 'readiness',
    code: 'READINESS_TIMEOUT',
    snapshot: (lookedAt) =>
      holding(
        aMachine('running', { observedAt: at(lookedAt) }),
        anInstance({}, { readiness: { ...NO_READINESS, runningSince: T0, nextProbeAt: at(9_999) } }),
      ),
  },
];

const CALM = { unknown: [], expected: 1, missing: 0 };
const open = (snapshot: Snapshot): Trial => ({ snapshot, guard: OPEN });
const withAction = (snapshot: Snapshot, changes: Partial<SentAction>): Snapshot => {
  const { action } = snapshot.instance.progress;
  const progress = { ...snapshot.instance.progress, action: action && { ...action, ...changes } };
  return { ...snapshot, instance: { ...snapshot.instance, progress } };
};
const withProgress = (snapshot: Snapshot, changes: Partial<Snapshot['instance']['progress']>): Snapshot => ({
  ...snapshot,
  instance: { ...snapshot.instance, progress: { ...snapshot.instance.progress, ...changes } },
});

/** What holds an instance up: how that looks while it lasts, and when it is over. */
interface HoldUp {
  what: string;
  concerns?: (snapshot: Snapshot) => boolean;
  lasting: (snapshot: Snapshot, from: Date) => Trial;
  over: (snapshot: Snapshot, from: Date, to: Date) => Trial;
}

const byGuard = (
  what: string,
  begun: (from: Date) => Guard,
  ended: (guard: Guard, to: Date) => Guard | null,
): HoldUp => ({
  what,
  lasting: (snapshot, from) => ({ snapshot, guard: begun(from) }),
  over: (snapshot, from, to) => {
    const guard = ended(begun(from), to);
    if (!guard) throw new Error(`${what} did not end`);
    // and all has been well since
    return { snapshot, guard: { ...guard, verifiedAt: at(1e9), sight: { ...guard.sight, seenAt: at(1e9) } } };
  },
});

const seen = (guard: Guard, to: Date): Guard | null => {
  const sight = sightAfter(guard.sight, 'seen', to);
  return sight && { ...guard, sight };
};

const HOLD_UPS: HoldUp[] = [
  byGuard(
    'Novita cannot be read',
    (from) => ({ ...OPEN, sight: { ...NO_SIGHT, seenAt: from, blindSince: from } }),
    seen,
  ),
  byGuard('Novitai is away', (from) => ({ ...OPEN, sight: { ...NO_SIGHT, seenAt: from } }), seen),
  byGuard(
    'the fleet is frozen',
    (from) => ({ ...OPEN, frozen: { at: from, why: 'kill-rate', detail: 'x' } }),
    (guard, to) => resume(guard, to),
  ),
  byGuard(
    'the list cannot be read completely',
    (from) => ({ ...OPEN, verifiedAt: addSeconds(from, -300) }),
    (guard, to) => guardAfterPass(guard, CALM, to),
  ),
  byGuard(
    'the database has lost commits',
    (from) => ({ ...OPEN, distrustedAt: from }),
    (guard, to) => guardAfterPass(guard, CALM, to),
  ),
  {
    what: 'the request is refused for a reason that passes',
    concerns: ({ instance }) => instance.progress.action !== null,
    lasting: (snapshot, from) => open(withAction(snapshot, { sentAt: from, isPassing: true })),
    over: (snapshot, from, to) => open(withProgress(snapshot, { heldUp: [{ from, to }] })),
  },
  {
    what: 'nobody may buy',
    concerns: ({ instance }) => instance.machineId === null,
    lasting: (snapshot, from) =>
      open(withProgress(snapshot, { placement: { ...snapshot.instance.progress.placement, heldSince: from } })),
    over: (snapshot, from, to) => open(withProgress(snapshot, { heldUp: [{ from, to }] })),
  },
  {
    what: 'a create is in doubt',
    concerns: ({ instance }) => instance.machineId === null,
    lasting: (snapshot, from) =>
      open(told({ ...snapshot, attempts: [anAttempt({ state: 'AMBIGUOUS', sentAt: from, decidedAt: null })] })),
    over: (snapshot, from, to) =>
      open(told({ ...snapshot, attempts: [anAttempt({ state: 'ABSENT', sentAt: from, decidedAt: to })] })),
  },
];

const codeAt = ({ snapshot, guard }: Trial, seconds: number): string => {
  const step = planNextStep(snapshot, guard, at(seconds), policy);
  return step.do === 'fail' ? step.failure.code : step.do;
};

it('the table walks every deadline', () => {
  expect(new Set(SUBJECTS.map(({ deadline }) => deadline))).toEqual(new Set(DEADLINES));
});

it('a workload has the time that its caller gave it, and not that of the operator', () => {
  const own = { readyWithinSeconds: 3 * TIMEOUT };
  const subject = SUBJECTS.find(({ deadline }) => deadline === 'readiness');
  const snapshot = subject?.snapshot(4 * TIMEOUT) ?? holding(aMachine('running'));
  const { instance } = snapshot;
  const readiness = { ...instance.spec.readiness, ...own };
  const patient = open({ ...snapshot, instance: { ...instance, spec: { ...instance.spec, readiness } } });
  expect(codeAt(patient, TIMEOUT)).not.toBe('READINESS_TIMEOUT');
  expect(codeAt(patient, 3 * TIMEOUT)).toBe('READINESS_TIMEOUT');
});

describe.each(SUBJECTS)('when $what', ({ deadline, code, snapshot }) => {
  const isOfMachine = deadline !== 'capacity';

  it('the deadline falls when nothing holds it up, and not before a look after it', () => {
    expect(codeAt(open(snapshot(TIMEOUT - 1)), TIMEOUT - 1)).not.toBe(code);
    expect(codeAt(open(snapshot(TIMEOUT)), TIMEOUT)).toBe(code);
    if (isOfMachine) expect(codeAt(open(snapshot(TIMEOUT - 1)), TIMEOUT)).not.toBe(code);
  });

  const concerned = HOLD_UPS.filter(({ concerns }) => concerns?.(snapshot(0)) ?? true);
  it.each(concerned)('and $what, that time does not count', ({ lasting, over }) => {
    const from = 40;
    const to = 40 + 10 * TIMEOUT;
    const end = TIMEOUT + to - from;
    // neither while it lasts, however long, nor by the first look after it
    for (const now of [TIMEOUT, 2 * TIMEOUT, to]) expect(codeAt(lasting(snapshot(now), at(from)), now)).not.toBe(code);
    expect(codeAt(over(snapshot(to), at(from), at(to)), to)).not.toBe(code);
    // what was left when it began is left when it is over
    const trial = over(snapshot(end), at(from), at(to));
    expect(deadlineOf(deadline, trial.snapshot, trial.guard, at(end), policy)).toEqual(at(end));
    expect(codeAt(over(snapshot(end - 1), at(from), at(to)), end - 1)).not.toBe(code);
    expect(codeAt(trial, end)).toBe(code);
  });
});

it('a start that was sent while the machine came up holds nothing up when its run is known', () => {
  const action = aSentAction({ verb: 'start', sentAt: at(10), acknowledged: false, isPassing: true, doubtful: true });
  const readiness = { ...NO_READINESS, runningSince: at(11) };
  const snapshot = holding(aMachine('running', { changedAt: at(9) }), anInstance({}, { action, readiness }));
  expect(deadlineOf('readiness', snapshot, OPEN, at(5_000), policy)).toEqual(at(11 + TIMEOUT));
});
