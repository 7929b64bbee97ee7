import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anAttempt,
  anInstance,
  at,
  holding,
  OPEN,
  POLICY,
  told,
} from '../../../test/support/snapshot-builder.js';
import type { MachineState } from '../../machines/domain/machine.js';
import type { Snapshot } from '../domain/instance.js';
import { planDelete } from './plan-delete.js';

const plan = (snapshot: Snapshot, now = at(1), guard = OPEN, policy = POLICY) =>
  planDelete({ snapshot, guard, now, policy });
const deleted = () => anInstance({ desired: 'deleted', generation: 2 });
const empty = (instance = deleted()): Snapshot => told({ instance, attempts: [], machines: [] });

describe('the next step of an instance that should be deleted', () => {
  it.each<[MachineState]>([['queued'], ['pulling'], ['running'], ['exited'], ['unknown'], ['freezing']])(
    'a machine that is %s is deleted at once',
    (state) => {
      expect(plan(holding(aMachine(state), deleted()))).toMatchObject({ do: 'delete-machine', surplus: false });
    },
  );

  it('an acknowledged delete is not the end: only proved absence is', () => {
    const acknowledged = (missingProofs: number) =>
      holding(aMachine('running', { releaseAcknowledgedAt: at(0), missingProofs }), deleted());
    expect(plan(acknowledged(0))).toEqual({ do: 'rest', until: null });
    expect(plan(acknowledged(1))).toEqual({ do: 'rest', until: at(60) });
    expect(plan(acknowledged(2), at(60))).toMatchObject({ do: 'record-gone' });
  });

  it('a delete that shows no effect is sent again', () => {
    const ignored = aMachine('running', { releaseAcknowledgedAt: at(0), observedAt: at(21) });
    expect(plan(holding(ignored, deleted()), at(22))).toMatchObject({ do: 'delete-machine' });
  });

  it('is finished when nothing is left', () => {
    expect(plan(empty(deleted()))).toEqual({ do: 'finish-delete' });
  });

  it.each(['SENDING', 'AMBIGUOUS'] as const)(
    'is not finished while a create is %s: it may still come true',
    (state) => {
      const attempts = [anAttempt({ state, machineId: null, decidedAt: null })];
      expect(plan({ ...empty(), attempts })).toEqual({ do: 'rest', until: at(3) });
    },
  );

  it('is not finished while a machine is there that it does not hold', () => {
    const surplus = aMachine('running', { machineId: 'm2', attemptNumber: 2 });
    expect(plan({ ...empty(), machines: [surplus] })).toEqual({ do: 'rest', until: at(3) });
  });

  it('is not begun again when it is over, and not begun for what should run or stop', () => {
    expect(plan(empty(anInstance({ desired: 'deleted', deletedAt: at(0) })))).toEqual({ do: 'rest', until: null });
    for (const desired of ['running', 'stopped'] as const) expect(plan(empty(anInstance({ desired })))).toBeNull();
  });
});
