import type { Attempt, Snapshot } from '../domain/instance.js';
import { endPlacement } from '../domain/placement-hold.js';
import { overCapEvents } from '../../placement/price-cap.js';
import { UNRECORDED } from '../domain/unrecorded.js';
import type { InstanceChange } from './instance-change.js';

/** A machine with the instance's tag exists, and the instance has none: from now on it is the instance's machine. */
export const machineAdopted = (snapshot: Snapshot, machineId: string, attempt: Attempt, now: Date): InstanceChange => {
  const { progress, spec } = snapshot.instance;
  const wasLost = progress.failure?.code === 'MACHINE_LOST';
  return {
    instance: { machineId },
    attempts: [{ ...attempt, state: 'ACCEPTED', machineId, decidedAt: now }],
    ...(!wasLost && attempt.reason !== UNRECORDED && { learned: { kind: 'accepted', offer: attempt.offer } }),
    progress: { ...endPlacement(progress, now), ...(wasLost && { failure: null }) },
    events: [
      { type: wasLost ? 'machine.found' : 'placement.adopted', data: { attempt: attempt.number, machineId } },
      ...overCapEvents(spec, attempt.offer, machineId),
    ],
  };
};
