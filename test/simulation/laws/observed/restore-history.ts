import { madeAt } from '../../../../src/machines/domain/tag.js';
import { isAlive, type SimMachine } from '../../sim-machine.js';
import type { SimWorld } from '../../sim-world.js';
import { HOUR_MS } from '../allowances.js';

/** What became of the database that has gone back in time: what tells of that, and whether the fleet has been seen since. */
export class RestoreHistory {
  private telltale: SimMachine[] = [];
  private hasSeenFleet = true;

  /** A sweep has been concluded. */
  fleetSeen(): void {
    this.hasSeenFleet = true;
  }

  /** An operator has ended a freeze, and so knows of the restore. */
  resumed(): void {
    this.telltale = [];
  }

  rolledBack(world: SimWorld): void {
    this.hasSeenFleet = false;
    const { verifiedAt } = world.store.guardNow();
    this.telltale = [...world.novita.alive()].filter((machine) => {
      const tag = machine.foreign ? null : world.tagger.read(machine.name);
      // a machine that no list shows yet is met later, by a database that has seen the rest: then it is merely unknown
      if (!tag || world.store.snapshotOf(tag.instanceId) || !verifiedAt || machine.visibleAt > world.time.now)
        return false;
      return madeAt(tag.instanceId).getTime() > verifiedAt.getTime() + HOUR_MS + world.skewMs;
    });
  }

  /** Whether the whole fleet has been listed since the database went back. */
  get isFleetSeen(): boolean {
    return this.hasSeenFleet;
  }

  /** Machines of instances that the restored database has forgotten, and that still bear their tags. */
  telltaleMachines(world: SimWorld): SimMachine[] {
    return this.telltale.filter((machine) => isAlive(machine) && world.tagger.read(machine.name));
  }
}
