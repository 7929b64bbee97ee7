import type { Instance } from '../../../src/novita-instances/domain/instance.js';
import type { InstanceSpec } from '../../../src/novita-instances/domain/instance-spec.js';
import type { SimMachine } from '../sim-machine.js';
import { FENCE_MS } from './allowances.js';
import { databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { Scene } from './scene.js';

const priceChangedJustNow: Excuse<SimMachine> = {
  when: `the price changed within the last ${FENCE_MS / 1000} seconds`,
  why: 'a price is remembered for a moment',
  applies: ({ world }, machine) => {
    const offer = world.novita.offerOf(machine);
    return offer !== undefined && world.time.now - offer.pricedAt <= FENCE_MS;
  },
};

/** Whether a machine at this price of one GPU costs more than the caller is to pay: for one GPU, or for all of them. */
export const isAbovePriceCap = (
  { maxPricePerGpuHour, maxPricePerHour, plannedPricePerHour, capacityWait, gpuNum }: InstanceSpec,
  pricePerGpuHour: number,
): boolean =>
  (maxPricePerGpuHour !== null && pricePerGpuHour > maxPricePerGpuHour) ||
  [maxPricePerHour, plannedPricePerHour, capacityWait?.maxPricePerHour ?? null].some(
    (cap) => cap !== null && pricePerGpuHour * gpuNum > cap,
  );

/** Whether the machine costs more now than its instance is to pay. */
export const isTooDear = (machine: SimMachine, { spec }: Instance, { world }: Scene): boolean => {
  const offer = world.novita.offerOf(machine);
  return offer !== undefined && isAbovePriceCap(spec, machine.billingMode === 'spot' ? offer.spotPrice : offer.price);
};

export const priceCap: Law = {
  name: 'price-cap',
  sentence:
    'No machine is bought or started whose price is above a cap of its instance, for one GPU or for the machine, or above the price of its plan.',
  excuses: [databaseWentBack, priceChangedJustNow],
  checks: {
    *recordedCreateLeaves({ name, attempt, snapshot }, scene) {
      if (databaseWentBack.applies(scene)) return;
      if (isAbovePriceCap(snapshot.instance.spec, attempt.offer.pricePerGpuHour))
        yield `${name} costs more than its cap`;
    },
    *requestLeaves({ verb, machine, snapshot: { instance } }, scene) {
      if (verb !== 'start' || !isTooDear(machine, instance, scene)) return;
      if (priceChangedJustNow.applies(scene, machine)) return;
      yield `starts ${machine.id}, and ${instance.id} does not pay so much`;
    },
  },
};
