import type { SimMachine } from '../../sim-machine.js';
import { listLiedSince, renamedByPerson, wrongAccountLately } from '../excuses.js';
import type { Excuse } from '../law.js';
import type { Scene } from '../scene.js';

/** A machine that was made and listed this soon after its create left could be found in time. */
const PROMPT_MS = 60_000;
/** A machine that has been listed for so long must have been noticed. */
const OVERLOOKED_MS = 40_000;

const createWasAnswered: Excuse<SimMachine> = {
  when: 'Novita answered the create, and did it once more by itself',
  why: 'an answered create is settled; the next sweep finds its double',
  applies: (scene, { bornAs }) => {
    const attempts = scene.ownerOfTag(bornAs)?.attempts ?? [];
    return attempts.some(
      ({ state, tag }) =>
        tag === bornAs && (state === 'ACCEPTED' || (state === 'REJECTED' && scene.creates.isRefused(tag))),
    );
  },
};

const cameLate: Excuse<SimMachine> = {
  when: `the machine was made or listed more than ${PROMPT_MS / 1000} seconds after its create left`,
  why: 'a create that comes true so late may be taken for one that never does',
  applies: ({ creates }, { bornAs, bornAt, visibleAt }) => {
    const leftAt = creates.leftAt(bornAs);
    return leftAt === undefined || bornAt - leftAt > PROMPT_MS || visibleAt - leftAt >= PROMPT_MS;
  },
};

const isListedJustNow: Excuse<SimMachine> = {
  when: `lists show the machine for not more than ${OVERLOOKED_MS / 1000} seconds`,
  why: 'a sweep takes some time',
  applies: ({ world }, { visibleAt }) => world.time.now - visibleAt <= OVERLOOKED_MS,
};

const OF_ONE_MACHINE = [createWasAnswered, renamedByPerson, cameLate, isListedJustNow, listLiedSince] as const;

export const EXCUSES_OF_OVERLOOKING = [wrongAccountLately, ...OF_ONE_MACHINE] as const;

/** Living machines of an instance that the database does not know, though lists have shown them for long enough. */
export const overlookedMachinesOf = (instanceId: string, scene: Scene): SimMachine[] => {
  if (wrongAccountLately.applies(scene)) return [];
  const known = scene.world.store.snapshotOf(instanceId)?.machines.map(({ machineId }) => machineId) ?? [];
  const isExcused = (machine: SimMachine): boolean => OF_ONE_MACHINE.some(({ applies }) => applies(scene, machine));
  return scene.livingMachinesOf(instanceId).filter((machine) => !known.includes(machine.id) && !isExcused(machine));
};
