import { LOSS_MIN_AGE_SECONDS } from '../../src/machines/domain/absence.js';
import type { Census } from '../../src/machines/domain/fleet-guard.js';
import { madeAt } from '../../src/machines/domain/tag.js';
import { addSeconds } from '../../src/time/clock.js';
import type { MemoryTables } from './memory-tables.js';

/** What the guard learns from a sweep that showed these machines. */
export const censusOf = (tables: MemoryTables, startedAt: Date, seen: string[]): Census => ({
  unknown: [...unknownStrangers(tables), ...unrecorded(tables)],
  ...countFleet(tables, startedAt, seen),
});

/** Machines with our tags of instances that are not stored. */
const unknownStrangers = ({ strangers, live }: MemoryTables): Census['unknown'] =>
  [...strangers.values()]
    .filter(({ machineId, instanceId, ignored }) => instanceId !== null && !ignored && !live.has(machineId))
    .map(({ machineId, instanceId }) => ({ machineId, madeAt: madeAt(instanceId ?? '') }))
    .sort(byMachineId);

/** Machines of stored instances whose attempts are not stored. */
const unrecorded = (tables: MemoryTables): Census['unknown'] =>
  tables
    .liveMachines()
    .filter(({ instanceId, machine }) => {
      const instance = tables.instances.get(instanceId)?.instance;
      const isRecorded = tables.attempts
        .get(instanceId)
        ?.some(({ attempt }) => attempt.number === machine.attemptNumber);
      return (
        machine.condemnedAt === null &&
        !isRecorded &&
        instance?.desired !== 'deleted' &&
        instance?.machineId !== machine.machineId
      );
    })
    .map(({ machine }) => ({ machineId: machine.machineId, madeAt: machine.firstSeenAt }))
    .sort(byMachineId);

/** How many machines a sweep should have shown, and how many of them it did not. */
const countFleet = (tables: MemoryTables, startedAt: Date, seen: string[]): Pick<Census, 'expected' | 'missing'> => {
  const shown = new Set(seen);
  const oldEnough = addSeconds(startedAt, -LOSS_MIN_AGE_SECONDS);
  const expected = tables
    .liveMachines()
    .filter(
      ({ machine, instanceId }) =>
        tables.instances.get(instanceId)?.instance.desired !== 'deleted' &&
        machine.condemnedAt === null &&
        machine.releaseAcknowledgedAt === null &&
        machine.observation.state !== 'removing' &&
        machine.observation.state !== 'removed' &&
        machine.firstSeenAt < oldEnough,
    );
  return {
    expected: expected.length,
    missing: expected.filter(({ machine }) => !shown.has(machine.machineId)).length,
  };
};

export const byMachineId = (a: { machineId: string }, b: { machineId: string }): number =>
  a.machineId < b.machineId ? -1 : a.machineId > b.machineId ? 1 : 0;
