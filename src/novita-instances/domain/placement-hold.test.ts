import { describe, expect, it } from 'vitest';
import { aMachine, anInstance, at, OPEN, POLICY } from '../../../test/support/snapshot-builder.js';
import { deadlineOf } from './deadlines.js';
import { endHold, endPlacement } from './placement-hold.js';

const { placement, heldUp } = anInstance().progress;
const held = {
  heldUp,
  placement: { ...placement, heldSince: at(10), waitingFor: 'frozen' as const, detail: 'frozen' },
};

describe('a placement that was held up', () => {
  it('is a span of time once it is held up no longer', () => {
    const free = endHold(held, at(30));
    expect(free.heldUp).toEqual([{ from: at(10), to: at(30) }]);
    expect(free.placement).toEqual({ ...held.placement, heldSince: null });
    expect(endHold(free, at(99))).toEqual(free);
  });

  it('waits for nothing once the instance has its machine, and deadlines of the machine run', () => {
    const progress = { ...anInstance().progress, ...endPlacement(held, at(30)) };
    expect(progress.placement).toMatchObject({ heldSince: null, waitingFor: null, detail: null });
    const machine = aMachine('running', { firstSeenAt: at(30), changedAt: at(30) });
    const instance = anInstance({ machineId: machine.machineId }, progress);
    const snapshot = { instance, attempts: [], machines: [machine] };
    const deadlines = [at(100), at(100_000)].map((now) => deadlineOf('provision', snapshot, OPEN, now, POLICY));
    expect(deadlines[0]).toEqual(deadlines[1]);
  });
});
