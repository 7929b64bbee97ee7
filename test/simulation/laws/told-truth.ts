import { instancePhase } from '../../../src/novita-instances/domain/instance-phase.js';
import { boundMachine, type Snapshot } from '../../../src/novita-instances/domain/instance.js';
import { isAlive, isCharged } from '../sim-machine.js';
import type { Law } from './law.js';
import type { Scene } from './scene.js';

/** Reasons that somebody removes at Novita, after which everything goes on by itself: no instance may fail for them. */
const PASSING = /BALANCE_NOT_ENOUGH|UNAUTHORIZED|RATE_LIMIT_EXCEEDED/;

/** How the published status differs from what is true, or null. */
export const disagreementOf = (snapshot: Snapshot, scene: Scene): string | null => {
  const { instance } = snapshot;
  const told = instance.toldStatus;
  if (told !== instancePhase(snapshot)) return `told ${told}, computed ${instancePhase(snapshot)}`;
  const bound = boundMachine(snapshot);
  const machine = bound && scene.world.novita.machines.get(bound.machineId);
  const lives = machine ? isAlive(machine) : false;
  const runs = lives && machine?.status === 'running';
  if (told === 'ready' && !runs) return `ready, but its machine is ${machine?.status ?? 'none'}`;
  if (told === 'stopped' && runs) return 'stopped, but its machine runs';
  const isAnyAlive = scene.livingTaggedMachinesOf(instance.id).length > 0;
  if (told === 'deleted' && isAnyAlive) return 'deleted, but a machine of it lives';
  if (told !== 'failed') return null;
  const { code = '', message = '' } = instance.progress.failure ?? {};
  if (lives && machine && isCharged(machine)) return `failed (${code}), but its machine is ${machine.status}`;
  return PASSING.test(message) ? `failed for what passes: ${message}` : null;
};

export const toldTruth: Law = {
  name: 'told-truth',
  sentence:
    'At rest the published status is true: ready runs, stopped does not, deleted has no machine, failed pays for none and failed for a lasting reason.',
  excuses: [],
  checks: {
    *instanceAtRest(snapshot, scene) {
      const disagreement = disagreementOf(snapshot, scene);
      if (disagreement) yield `${snapshot.instance.id}: ${disagreement}`;
    },
  },
};
