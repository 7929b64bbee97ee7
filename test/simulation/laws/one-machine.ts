import type { AttemptState } from '../../../src/vocabulary/attempt-state.js';
import type { Snapshot } from '../../../src/novita-instances/domain/instance.js';
import { isOnItsWayOut } from '../sim-machine.js';
import { FENCE_MS } from './allowances.js';
import { databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';
import { EXCUSES_OF_OVERLOOKING, overlookedMachinesOf } from './observed/overlooked-machines.js';
import type { Scene } from './scene.js';

/** The name of a create, and what is stored of its instance. */
interface EarlierCreate {
  name: string;
  snapshot: Snapshot;
}

const SETTLED: ReadonlySet<AttemptState> = new Set(['REJECTED', 'NOT_SENT', 'ACCEPTED', 'SUPERSEDED']);

const isSettled: Excuse<EarlierCreate> = {
  when: 'the earlier create was answered, did not leave, or is known to have made a surplus machine',
  why: 'it is known what became of it',
  applies: (_, { name, snapshot }) => !snapshot.attempts.some(({ tag, state }) => tag === name && !SETTLED.has(state)),
};

const isOnItsWay: Excuse<EarlierCreate> = {
  when: 'the earlier create came true, and its machine is being removed',
  why: 'it cannot come true a second time',
  applies: ({ world }, { name }) =>
    [...world.novita.machines.values()].some((machine) => machine.bornAs === name && isOnItsWayOut(machine)),
};

/** Earlier creates of the instance that may still come true. */
const pendingCreatesBeside = (name: string, snapshot: Snapshot, scene: Scene): string[] => {
  const { world, creates } = scene;
  const windowMs = world.policy.createSettleSeconds * 1000 - 2 * world.skewMs - FENCE_MS;
  return [...creates.names()].filter(
    (other) =>
      other !== name &&
      world.tagger.read(other)?.instanceId === snapshot.instance.id &&
      world.time.now - (creates.leftAt(other) ?? 0) < windowMs &&
      !isSettled.applies(scene, { name: other, snapshot }) &&
      !isOnItsWay.applies(scene, { name: other, snapshot }),
  );
};

export const oneMachine: Law = {
  name: 'one-machine',
  sentence:
    'A second machine is bought only when the first one could not be found and can come true no more. At rest an instance has one at most.',
  excuses: [databaseWentBack, ...EXCUSES_OF_OVERLOOKING, isSettled, isOnItsWay],
  checks: {
    *recordedCreateLeaves({ name, snapshot }, scene) {
      if (databaseWentBack.applies(scene)) return;
      for (const { id } of overlookedMachinesOf(snapshot.instance.id, scene)) {
        yield `${name} leaves although ${id} is there to be found`;
      }
      for (const other of pendingCreatesBeside(name, snapshot, scene)) {
        yield `${name} leaves while ${other} may still come true`;
      }
    },
    *instanceAtRest({ instance: { id } }, scene) {
      const living = scene.livingTaggedMachinesOf(id);
      if (living.length > 1) yield `${id} has ${living.length} machines`;
    },
  },
};
