import { capacityWaitOf } from '../../../src/novita-instances/domain/capacity-wait.js';
import type { Instance } from '../../../src/novita-instances/domain/instance.js';
import { STEP_MS } from './allowances.js';
import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';
import type { Scene } from './scene.js';

/** Whether any instance of the project waits longer for exactly the same, and has nothing that keeps it from being handed an offer. */
const passedBy = ({ world }: Scene, one: Instance): Instance | undefined => {
  const since = one.progress.placement.since;
  return world.store
    .allSnapshots()
    .map(({ instance }) => instance)
    .find((other) => {
      const wait = other.projectId === one.projectId && other.id !== one.id ? capacityWaitOf(other) : null;
      if (wait?.slot !== 'current' || wait.placement.waitingFor !== 'capacity' || wait.placement.handed) return false;
      // one that has just begun to wait was not seen yet
      const isLonger = wait.placement.since < since && world.time.now - other.updatedAt.getTime() > STEP_MS;
      return isLonger && sameOffers(other) === sameOffers(one);
    });
};

const sameOffers = ({ spec }: Instance): string =>
  JSON.stringify([
    ...[spec.productName, spec.gpu, spec.gpuNum, spec.regions, spec.billingMode, spec.orOnDemand, spec.rootfsSizeGb],
    ...[spec.maxPricePerGpuHour, spec.maxPricePerHour, spec.plannedPricePerHour, spec.capacityWait?.maxPricePerHour],
  ]);

export const capacityWait: Law = {
  name: 'capacity-wait',
  sentence:
    'A free offer is handed to no instance while another one of its project waits longer for the same, and no instance waits longer than its caller said.',
  excuses: [databaseWentBack],
  checks: {
    *committed({ before, after, events = [] }, scene) {
      const { world } = scene;
      const { failure } = after.progress;
      if (failure?.code === 'NO_CAPACITY' && !before.progress.failure && after.spec.capacityWait) {
        world.count('waited as long as its caller said');
      }
      const isHanded = events.some(({ type }) => type === 'placement.offered') && after.machineId === null;
      if (!isHanded || databaseWentBack.applies(scene)) return;
      const other = passedBy(scene, after);
      if (other) yield `${after.id} is handed an offer, and ${other.id} waits longer`;
    },
    *instanceAtRest({ instance }, { world }) {
      const wait = capacityWaitOf(instance);
      const minutes = instance.spec.capacityWait?.forMinutes ?? 0;
      // nothing has held it up since the weather is good
      const since = Math.max(wait?.placement.since.getTime() ?? 0, world.healedAt ?? 0);
      if (wait?.slot !== 'current' || minutes === 0) return;
      if (world.time.now - since > minutes * 60_000 + STEP_MS) yield `${instance.id} still waits for capacity`;
    },
  },
};
