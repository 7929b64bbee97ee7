import type { SimMachine } from '../sim-machine.js';
import type { Excuse, Law } from './law.js';
import type { Scene } from './scene.js';

const onlyItsEnvironmentTells: Excuse<SimMachine> = {
  when: 'a person renamed the machine before it was known, and its environment alone tells whose it is',
  why: 'an environment can be copied; the machine is reported, and an operator decides',
  applies: (scene, machine) => {
    const isKnown = scene.ownerOf(machine)?.machines.some(({ machineId }) => machineId === machine.id) ?? false;
    const isRenamed = machine.name !== machine.bornAs;
    return isRenamed && !isKnown && Boolean(scene.world.store.strangerNow(machine.id)?.envInstanceId);
  },
};

/** Machines that cost money and that no instance wants. */
export const leaks = (scene: Scene): string[] => {
  const found: string[] = [];
  for (const machine of scene.world.novita.alive()) {
    if (machine.foreign) continue;
    const instance = scene.ownerOf(machine)?.instance;
    const isHeld = instance?.machineId === machine.id && instance.desired !== 'deleted';
    if (isHeld || onlyItsEnvironmentTells.applies(scene, machine)) continue;
    found.push(`${machine.id} (${machine.status}) of ${machine.bornAs} is held by no instance`);
  }
  return found;
};

export const noLeak: Law = {
  name: 'no-leak',
  sentence: 'At rest each living machine of ours is held by an instance that wants it.',
  excuses: [onlyItsEnvironmentTells],
  checks: { fleetAtRest: (_, scene) => leaks(scene) },
};
