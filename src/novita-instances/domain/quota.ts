import type { Limits } from '../../vocabulary/limits.js';
import { formatUnits, type PriceUnits } from '../../money/price.js';
import { boundMachine, offerOf, openAttempts, type Snapshot } from './instance.js';
import type { OfferTaken } from '../../placement/offer.js';
import type { Machine, MachineState } from '../../machines/domain/machine.js';

/** What there is, or what is wanted. */
export interface Usage {
  instances: number;
  /** In 1/100000 USD. */
  pricePerHour: PriceUnits;
}

/** States of machines that cost no GPU. `store/quotas.ts` has them too. */
export const UNPAID_STATES: readonly MachineState[] = ['exited', 'removed'];

/** What an instance that should run costs per hour, as far as is known: by the offer it was bought by, or that it was expected to be bought by. */
const expectedPrice = (snapshot: Snapshot): PriceUnits => {
  const { instance } = snapshot;
  const machine = boundMachine(snapshot);
  const offer = machine && offerOf(snapshot, machine);
  return offer ? offer.pricePerGpuHour * instance.spec.gpuNum : (instance.progress.expectedPricePerHour ?? 0);
};

/**
 * What an instance costs per hour, or may cost before long: all its machines and creates under way, or, if that is more, what it should
 * have. While a replacement looks for its machine, the instance should have two, or one when its machine is down.
 * @returns in 1/100000 USD. Disks are not counted.
 */
export const pricePerHour = (snapshot: Snapshot): PriceUnits => {
  const { instance, machines } = snapshot;
  const { spec, progress, replacement, desired } = instance;
  const isPaid = ({ goneAt, observation }: Machine): boolean =>
    goneAt === null && !UNPAID_STATES.includes(observation.state);
  const offers: (OfferTaken | null)[] = [
    ...machines.filter(isPaid).map((machine) => offerOf(snapshot, machine)),
    ...openAttempts(snapshot).map(({ offer }) => offer),
  ];
  const there = offers.reduce((sum, offer) => sum + (offer?.pricePerGpuHour ?? 0) * spec.gpuNum, 0);
  const current = boundMachine(snapshot);
  const isDown = current !== null && current.goneAt === null && UNPAID_STATES.includes(current.observation.state);
  const slots = replacement?.phase === 'placing' && !isDown ? 2 : 1;
  const wanted = desired === 'running' && !progress.failure ? slots : 0;
  return Math.max(there, wanted * expectedPrice(snapshot));
};

/**
 * Why something may not be asked for or bought.
 * @param whose `project` or `service`
 * @param others what there is beside it
 * @returns null: it may
 */
export const excess = (whose: string, limits: Limits, others: Usage, wanted: Usage): string | null => {
  const { maxInstances, maxPricePerHour } = limits;
  if (maxInstances !== null && wanted.instances > 0 && others.instances + wanted.instances > maxInstances) {
    return `The ${whose} may have ${maxInstances} instances and has ${others.instances}.`;
  }
  if (maxPricePerHour !== null && others.pricePerHour + wanted.pricePerHour > maxPricePerHour) {
    const most = formatUnits(maxPricePerHour);
    const more = formatUnits(wanted.pricePerHour);
    return `The ${whose} may cost ${most} USD per hour. This takes ${more}, and everything else ${formatUnits(others.pricePerHour)}.`;
  }
  return null;
};
