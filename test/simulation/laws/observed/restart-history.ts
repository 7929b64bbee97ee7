import type { ObservedMachine } from '../../../../src/machines/store/machine-store.js';
import type { Instance } from '../../../../src/novita-instances/domain/instance.js';
import type { SimMachine } from '../../sim-machine.js';

/** Novita tells when a run began in whole seconds. */
const runOf = (machineId: string, startedAt: number): string => `${machineId} ${Math.floor(startedAt / 1000)}`;

/** The restart that an instance is to have done: each new command to restart has a number of its own. */
export const restartOf = ({ id, restartGeneration }: Instance): string => `${id} ${restartGeneration}`;

/** When restarts were first asked for, and when the runs of machines were first seen. */
export class RestartHistory {
  private readonly leftAtOf = new Map<string, number>();
  private readonly runShownAtOf = new Map<string, number>();

  leaves(instance: Instance, at: number): void {
    const restart = restartOf(instance);
    if (!this.leftAtOf.has(restart)) this.leftAtOf.set(restart, at);
  }

  seen(observedMachines: ObservedMachine[], at: number): void {
    for (const { machineId, observation } of observedMachines) {
      const run = observation.startedAt && runOf(machineId, Date.parse(observation.startedAt));
      if (run && observation.state === 'running' && !this.runShownAtOf.has(run)) this.runShownAtOf.set(run, at);
    }
  }

  /** When the first request for this restart left. */
  leftAt(instance: Instance): number | undefined {
    return this.leftAtOf.get(restartOf(instance));
  }

  /** When an observation first showed the present run of the machine. */
  runShownAt({ id, startedAt }: SimMachine): number | undefined {
    return this.runShownAtOf.get(runOf(id, startedAt));
  }
}
