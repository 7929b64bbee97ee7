import type { Instance } from '../../../src/novita-instances/domain/instance.js';
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

/** Whether the machine costs more now than its instance is to pay. */
export const isTooDear = (
  machine: SimMachine,
  { spec: { maxPricePerGpuHour: cap } }: Instance,
  { world }: Scene,
): boolean => {
  const offer = world.novita.offerOf(machine);
  return cap !== null && offer !== undefined && (machine.billingMode === 'spot' ? offer.spotPrice : offer.price) > cap;
};

export const priceCap: Law = {
  name: 'price-cap',
  sentence: "No machine is bought or started whose price is above its instance's cap.",
  excuses: [databaseWentBack, priceChangedJustNow],
  checks: {
    *recordedCreateLeaves({ name, attempt, snapshot }, scene) {
      const { maxPricePerGpuHour: cap } = snapshot.instance.spec;
      if (cap === null || databaseWentBack.applies(scene)) return;
      if (attempt.offer.pricePerGpuHour > cap) yield `${name} costs more than its cap`;
    },
    *requestLeaves({ verb, machine, snapshot: { instance } }, scene) {
      if (verb !== 'start' || !isTooDear(machine, instance, scene)) return;
      if (priceChangedJustNow.applies(scene, machine)) return;
      yield `starts ${machine.id}, and ${instance.id} does not pay so much`;
    },
  },
};
