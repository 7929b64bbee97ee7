import type { SimMachine } from '../sim-machine.js';
import { DECISION_MS, HOUR_MS, STEP_MS } from './allowances.js';
import type { Excuse } from './law.js';
import type { Moments } from './moments.js';

/* The excuses that several laws share. An excuse of one law alone is in the file of that law. */

export const databaseWentBack: Excuse = {
  when: 'the database has gone back in time',
  why: 'a restored database does not know what was written after its backup',
  applies: ({ world }) => world.lastRollback !== null,
};

export const decidedBeforeLoss: Excuse = {
  when: `the database has gone back within the last ${DECISION_MS / 1000} seconds`,
  why: 'what was decided before, a caller has asked for, although the database does not know it any more',
  applies: ({ world }) => world.lastRollback !== null && world.time.now - world.lastRollback.at <= DECISION_MS,
};

export const wrongAccountLately: Excuse = {
  when: 'Novita answered for another account within the last hour',
  why: "another account's complete list does not show our machines",
  applies: ({ world }) => world.spells.lastedWithin('wrong-account', HOUR_MS),
};

export const clocksDiffer: Excuse = {
  when: 'the clocks of the replicas differ',
  why: 'a replica whose clock is ahead may take the request of another one for lost before it leaves',
  applies: ({ world }) => world.skewMs !== 0,
};

export const stepWasUnderWay: Excuse = {
  when: `the freeze is not older than ${STEP_MS / 1000} seconds`,
  why: 'a step reads the guard when it begins, and the freeze may come while it is under way',
  applies: ({ freezes, world }) => freezes.lastsForMs(world.time.now) <= STEP_MS,
};

export const deleteIsDecided: Excuse<Pick<Moments['requestLeaves'], 'machine' | 'snapshot'>> = {
  when: 'the instance is to be deleted, or its machine is condemned',
  why: 'a delete that was decided goes on while the guard is frozen',
  applies: (_, { machine, snapshot: { instance, machines } }) =>
    instance.desired === 'deleted' ||
    machines.some(({ machineId, condemnedAt }) => machineId === machine.id && condemnedAt),
};

export const retentionDeletedIt: Excuse<{ instanceId: string }> = {
  when: 'retention has deleted the instance',
  why: 'a deleted instance is kept for some time only',
  applies: (scene, { instanceId }) => scene.isForgotten(instanceId),
};

export const renamedByPerson: Excuse<SimMachine> = {
  when: 'a person has renamed the machine',
  why: 'its name is its tag, and without it nothing proves that the machine is ours',
  applies: (_, { name, bornAs }) => name !== bornAs,
};

export const listLiedSince: Excuse<SimMachine> = {
  when: 'since the machine was made, a list called itself complete and was not',
  why: 'such a list proves, wrongly, that the machine does not exist',
  applies: ({ world }, { bornAt }) => world.listLiedAt >= bornAt,
};
