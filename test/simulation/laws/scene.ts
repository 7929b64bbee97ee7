import type { Snapshot } from '../../../src/novita-instances/domain/instance.js';
import type { SimMachine } from '../sim-machine.js';
import type { SimWorld } from '../sim-world.js';
import { CreateHistory } from './observed/create-history.js';
import { DeliveryHistory } from './observed/delivery-history.js';
import { FreezeHistory } from './observed/freeze-history.js';
import { KillHistory } from './observed/kill-history.js';
import { RestartHistory } from './observed/restart-history.js';
import { RestoreHistory } from './observed/restore-history.js';
import { UpdateHistory } from './observed/update-history.js';
import { StockHistory } from './observed/stock-history.js';

/** What laws look at: the world as it is in truth, and what happened in it so far. */
export class Scene {
  readonly creates = new CreateHistory();
  readonly restarts = new RestartHistory();
  readonly freezes = new FreezeHistory();
  readonly kills = new KillHistory();
  readonly restores = new RestoreHistory();
  readonly deliveries = new DeliveryHistory();
  readonly stock = new StockHistory();
  readonly updates = new UpdateHistory();
  /** When machines began to drain. */
  readonly drainingSince = new Map<string, number>();
  /** When replacements of machines that failed began, by instance, in virtual milliseconds. */
  readonly replacementsBegun = new Map<string, number[]>();
  /** Instances that retention has deleted. */
  private readonly forgotten = new Set<string>();

  /** How often each command changed its instance, by idempotency key. */
  private readonly carriedOut = new Map<string, number>();

  constructor(readonly world: SimWorld) {}

  /** An operator has ended a freeze. */
  resumed(): void {
    this.kills.resumed(this.world.time.now);
    this.restores.resumed();
  }

  /** The database is an older copy now. */
  rolledBack(): void {
    const { world } = this;
    this.freezes.rolledBack(world.store.guardNow(), world.time.now);
    this.kills.rolledBack(world.time.now);
    this.restores.rolledBack(world);
    this.deliveries.rolledBack();
    this.stock.rolledBack();
    this.updates.rolledBack();
  }

  /** Says how often that is now. */
  carriesOut(key: string): number {
    const times = (this.carriedOut.get(key) ?? 0) + 1;
    this.carriedOut.set(key, times);
    return times;
  }

  forgets(instanceId: string): void {
    this.forgotten.add(instanceId);
  }

  /** Whether retention has deleted it, and no older copy of the database has brought it back. */
  isForgotten(instanceId: string): boolean {
    return this.forgotten.has(instanceId) && !this.world.store.snapshotOf(instanceId);
  }

  /** How old this is at least, whatever the clock that it was read from. */
  leastAgeMs(time: Date): number {
    return this.world.time.now - time.getTime() - this.world.skewMs;
  }

  /** What is stored of the instance for which this name was made. */
  ownerOfTag(name: string): Snapshot | null {
    const tag = this.world.tagger.read(name);
    return tag && this.world.store.snapshotOf(tag.instanceId);
  }

  ownerOf(machine: SimMachine): Snapshot | null {
    return this.ownerOfTag(machine.bornAs);
  }

  /** The machines that were made for an instance and live, whatever they are called now. */
  livingMachinesOf(instanceId: string): SimMachine[] {
    const { world } = this;
    return [...world.novita.alive()].filter(
      (machine) => !machine.foreign && world.tagger.read(machine.bornAs)?.instanceId === instanceId,
    );
  }

  /** Those of them that still bear their tags. A renamed machine is for an operator to recognise. */
  livingTaggedMachinesOf(instanceId: string): SimMachine[] {
    return this.livingMachinesOf(instanceId).filter(({ name, bornAs }) => name === bornAs);
  }
}
