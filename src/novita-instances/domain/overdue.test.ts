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
} from '../../../test/support/snapshot-builder.js';
import { NO_READINESS } from './progress.js';
import type { Snapshot } from './instance.js';
import { CREATE_OVERDUE_SECONDS, DELETE_OVERDUE_SECONDS, overdueOf } from './overdue.js';
import { planNextStep } from '../planners/plan-next-step.js';

const doubtful = anAttempt({ number: 2, tag: 'tag-2', state: 'AMBIGUOUS', machineId: null, settleAfter: at(120) });
const inDoubt = told({ instance: anInstance(), attempts: [doubtful], machines: [] });
const deleting = holding(
  aMachine('running', { releaseAcknowledgedAt: T0 }),
  anInstance({ desired: 'deleted', generation: 3 }),
);
const surplus = told({
  ...holding(
    aMachine('running'),
    anInstance({}, { readiness: { ...NO_READINESS, verdict: 'ready', runningSince: T0, readyAt: T0 } }),
  ),
  machines: [
    aMachine('running'),
    aMachine('running', { machineId: 'm2', condemnedAt: at(5), releaseAcknowledgedAt: at(6) }),
  ],
});
const createLate = at(120 + CREATE_OVERDUE_SECONDS);
const deleteLate = at(DELETE_OVERDUE_SECONDS);

describe('what takes far too long', () => {
  it.each<[string, Snapshot, Date, object]>([
    ['a create in doubt', inDoubt, createLate, { what: 'create', since: T0, machineIds: [], tags: ['tag-2'] }],
    ['a delete', deleting, deleteLate, { what: 'delete', since: T0, machineIds: ['m1'], tags: [] }],
    [
      'a delete that waits for a create',
      { ...deleting, attempts: [anAttempt(), doubtful] },
      deleteLate,
      { what: 'delete', since: T0, machineIds: ['m1'], tags: ['tag-2'] },
    ],
    [
      'a delete of which one machine is gone and another one too many',
      {
        ...deleting,
        machines: [
          ...deleting.machines,
          aMachine('removed', { machineId: 'm2', goneAt: T0 }),
          aMachine('running', { machineId: 'm3', condemnedAt: T0, releaseAcknowledgedAt: T0 }),
        ],
      },
      deleteLate,
      { what: 'delete', since: T0, machineIds: ['m1', 'm3'], tags: [] },
    ],
    [
      'a machine that is one too many',
      surplus,
      at(5 + DELETE_OVERDUE_SECONDS),
      { what: 'surplus-machine', since: at(5), machineIds: ['m2'], tags: [] },
    ],
  ])('%s is told when its time is over, not before, with what to look for, and once', (_, snapshot, late, data) => {
    const early = new Date(late.getTime() - 1);
    expect(overdueOf(snapshot, early)).toBeNull();
    const overdue = overdueOf(snapshot, late);
    expect(overdue?.data).toEqual(data);
    expect(planNextStep(snapshot, OPEN, late, POLICY)).toEqual({ do: 'raise', overdue });
    const { instance } = snapshot;
    const progress = { ...instance.progress, overdueTold: [overdue?.key ?? ''] };
    const after = { ...snapshot, instance: { ...instance, progress } };
    expect(overdueOf(after, late)).toBeNull();
    expect(planNextStep(after, OPEN, late, POLICY).do).not.toBe('raise');
  });

  it('another delete after it is another one', () => {
    const { instance } = deleting;
    const again = { ...instance, generation: 5, progress: { ...instance.progress, overdueTold: ['delete 3'] } };
    expect(overdueOf({ ...deleting, instance: again }, deleteLate)?.key).toBe('delete 5');
  });

  it('what is over is not overdue', () => {
    const deleted = { ...deleting, instance: { ...deleting.instance, deletedAt: at(1) } };
    expect(overdueOf(deleted, at(1e6))).toBeNull();
    const settled = { ...inDoubt, attempts: [{ ...doubtful, state: 'ABSENT' as const }] };
    expect(overdueOf(settled, at(1e6))).toBeNull();
  });
});
