import type { ObservedMachine } from '../../../src/machines/store/machine-store.js';
import type { Attempt, Snapshot } from '../../../src/novita-instances/domain/instance.js';
import type { Change } from '../../../src/novita-instances/store/instance-store.js';
import type { EventDto } from '../../../src/events/event.dto.js';
import type { NovitaAnswer } from '../novita-answer.js';
import type { SimMachine } from '../sim-machine.js';
import type { SimWorld } from '../sim-world.js';
import type { SimEndpoint } from '../webhooks/sim-endpoint.js';
import { isAtRest } from './comes-to-rest.js';
import { neglectedDuties } from './done-duties.js';
import { LAWS } from './index.js';
import type { Moments } from './moments.js';
import { leaks } from './no-leak.js';
import { isChange, type AskedUpdate } from './observed/update-history.js';
import { Scene } from './scene.js';
import { disagreementOf } from './told-truth.js';

/** Watches the world, remembers what laws need to know of it, and checks the laws of each moment. */
export class Judge {
  private readonly scene: Scene;

  constructor(private readonly world: SimWorld) {
    this.scene = new Scene(world);
  }

  /** Checks the laws of one moment. The scene must know of the moment already. */
  private check<Name extends keyof Moments>(name: Name, moment: Moments[Name]): void {
    for (const law of LAWS) {
      const breaches = law.checks[name]?.(moment, this.scene) ?? [];
      for (const breach of breaches) this.world.violate(law.name, breach);
    }
  }

  /** A replica has asked its database for something, by the name of the method. */
  afterStore(name: string): void {
    const { scene, world } = this;
    if (name === 'concludePass') scene.restores.fleetSeen();
    if (name !== 'changeGuard') return;
    const guard = world.store.guardNow();
    const change = scene.freezes.changed(guard, world.time.now);
    if (change === 'began' && guard.frozen) {
      this.check('frozen', guard.frozen);
      world.count(`frozen: ${guard.frozen.why}`);
      world.trace(`frozen: ${guard.frozen.why}`);
    }
    if (change === 'ended') {
      world.trace('frozen no more');
      if (guard.resumedAt) scene.resumed();
    }
  }

  /** The database is an older copy now. */
  rolledBack(): void {
    this.scene.rolledBack();
  }

  forgotten(snapshot: Snapshot): void {
    this.world.count('instance forgotten');
    this.check('instanceForgotten', snapshot);
    this.scene.forgets(snapshot.instance.id);
  }

  forgottenAttempt(instanceId: string, attempt: Attempt): void {
    this.world.count('attempt forgotten');
    this.check('attemptForgotten', { instanceId, attempt });
  }

  /** A replica has logged an error. */
  alarmed(what: string): void {
    this.check('alarmed', { what });
  }

  /** A caller was answered that an update has changed its instance. */
  updateCarriedOut(instanceId: string, update: AskedUpdate): void {
    this.scene.updates.asks(instanceId, update);
  }

  /** A caller got an answer to a create. */
  createAnswered(moment: Moments['createAnswered']): void {
    this.check('createAnswered', moment);
  }

  foreignCommandTaken(instanceId: string, action: string): void {
    this.check('foreignCommandTaken', { instanceId, action });
  }

  /** A caller was told that a command has changed its instance. */
  commandCarriedOut(key: string, action: string): void {
    this.check('commandCarriedOut', { key, action, times: this.scene.carriesOut(key) });
  }

  condemned(): void {
    const at = this.world.time.now;
    this.scene.kills.condemns(at);
    this.check('condemned', { at });
  }

  committed(change: Change): void {
    const { draining } = change.after.replacement ?? {};
    if (draining && !change.before.replacement?.draining) {
      this.scene.drainingSince.set(draining.machineId, this.world.time.now);
    }
    this.check('committed', change);
    for (const attempt of change.attempts ?? []) {
      if (this.scene.stock.wrote(attempt)) this.world.count('refused for lack of stock');
    }
  }

  observed(observedMachines: ObservedMachine[]): void {
    this.scene.restarts.seen(observedMachines, this.world.time.now);
  }

  /** A replica has taken a request with this key. */
  keyTaken(moment: Moments['keyTaken']): void {
    this.check('keyTaken', moment);
  }

  /** A process sends an event to a receiver. */
  deliveryLeaves(moment: Omit<Moments['deliveryLeaves'], 'firstId'>): void {
    const { endpoint, event, deliveryId } = moment;
    this.check('deliveryLeaves', { ...moment, firstId: this.scene.deliveries.leaves(endpoint, event.id, deliveryId) });
  }

  /** A receiver has answered 2xx. */
  deliveryReceived(endpoint: SimEndpoint, event: EventDto): void {
    this.scene.deliveries.receives(endpoint, event);
  }

  /** The result of an attempt to deliver is in the database. */
  attemptWritten(deliveryId: string, endedAt: number): void {
    this.scene.deliveries.writes(deliveryId, { writtenAt: this.world.time.now, endedAt });
  }

  /** Nothing is left to be delivered. */
  checkReceivers(endpoints: readonly SimEndpoint[]): void {
    for (const endpoint of endpoints) this.check('receiverAtRest', { endpoint });
  }

  /** A request that changes something leaves a replica. */
  leaving(verb: string, body: Record<string, unknown>): void {
    if (verb === 'create') return this.createLeaving(String(body.name));
    const { scene, world } = this;
    const machine = world.novita.machines.get(String(body.instanceId));
    const snapshot = machine && scene.ownerOf(machine);
    if (!snapshot) return;
    if (isChange(verb)) scene.updates.leaves(machine.id, world.time.now);
    if (verb === 'restart') scene.restarts.leaves(snapshot.instance, world.time.now);
    this.check('requestLeaves', { verb, machine, snapshot });
  }

  private createLeaving(name: string): void {
    const { scene, world } = this;
    scene.creates.leaves(name, world.time.now);
    const tag = world.tagger.read(name);
    const snapshot = scene.ownerOfTag(name);
    const attempt = snapshot?.attempts.find(({ number }) => number === tag?.attempt) ?? null;
    this.check('createLeaves', { name, tag, attempt });
    if (snapshot && attempt) this.check('recordedCreateLeaves', { name, snapshot, attempt });
  }

  /** Novita has done, or refused, what a request of ours asked for. */
  afterExecution(verb: string, body: Record<string, unknown>, answer: NovitaAnswer): void {
    if (verb === 'create') return this.afterCreate(String(body.name), answer);
    const machine = this.world.novita.machines.get(String(body.instanceId));
    if (!machine || answer.status !== 200) return;
    if (isChange(verb)) this.scene.updates.carriesOut(machine.id, this.world.time.now);
    this.check('requestDone', { verb, machine, owner: this.scene.ownerOf(machine) });
  }

  private afterCreate(name: string, answer: NovitaAnswer): void {
    const { scene, world } = this;
    const tag = world.tagger.read(name);
    if (!tag) return;
    if (answer.status >= 400 && answer.status < 500) scene.creates.refuses(name);
    if (answer.status !== 200) return;
    world.count('machine made');
    if (scene.livingMachinesOf(tag.instanceId).length > 1) {
      world.count('transient twin');
      world.hadTwoMachines.add(tag.instanceId);
    }
    this.check('machineMade', { name, snapshot: world.store.snapshotOf(tag.instanceId) });
  }

  /** Novita is about to take a spot machine back. */
  machineTaken(machine: SimMachine): void {
    const { scene, world } = this;
    world.count('machine taken by Novita');
    const snapshot = scene.ownerOf(machine);
    if (snapshot) this.check('machineTaken', { machine, snapshot });
  }

  /** Whether nothing moves any more, so that waiting longer would show nothing new. */
  isQuiet(): boolean {
    const { scene, world } = this;
    if (world.store.guardNow().frozen || neglectedDuties(scene).length > 0) return false;
    return world.store.allSnapshots().every((snapshot) => this.isStill(snapshot)) && leaks(scene).length === 0;
  }

  private isStill(snapshot: Snapshot): boolean {
    const live = snapshot.machines.filter(({ goneAt }) => goneAt === null).length;
    const open = snapshot.attempts.some(({ state }) => state === 'SENDING' || state === 'AMBIGUOUS');
    return isAtRest(snapshot, this.scene) && !open && live <= 1 && disagreementOf(snapshot, this.scene) === null;
  }

  /** The weather has been good for a while: everything must be well now. */
  checkAtRest(): void {
    const { scene, world } = this;
    const at = world.time.now;
    this.check('fleetAtRest', { at });
    for (const snapshot of world.store.allSnapshots()) {
      const isWell = isAtRest(snapshot, scene) && !disagreementOf(snapshot, scene);
      if (!isWell) world.trace(`unsettled: ${JSON.stringify(snapshot)}`);
      this.check('instanceAtRest', snapshot);
    }
    for (const promise of world.callers.promises.values()) {
      this.check('promiseAtRest', { promise, snapshot: world.store.snapshotOf(promise.instanceId) });
    }
    this.check('deploymentAtRest', { at });
  }
}
