import { boundMachine, type Facts } from '../../src/novita-instances/domain/instance.js';
import { instancePhase } from '../../src/novita-instances/domain/instance-phase.js';
import type { SimWorld } from './sim-world.js';
import { isAlive, isCharged } from './sim-machine.js';

const SETTLED = new Set(['ready', 'stopped', 'failed', 'deleted']);
/** A dead replica's lease lasts for four ticks of a quiet world, and the rarest duty is done once in five minutes. */
const DUTY_MS = 900_000;
/** Reasons that somebody puts right at Novita, after which everything goes on by itself. */
const PASSING = /BALANCE_NOT_ENOUGH|UNAUTHORIZED|RATE_LIMIT_EXCEEDED/;

/** What must hold when the weather has been good for a while. */
export class RestInvariants {
  constructor(private readonly world: SimWorld) {}

  /** Whether nothing moves any more, so that waiting longer would show nothing new. */
  isQuiet(): boolean {
    const { world } = this;
    if (world.store.guardNow().frozen) return false;
    if (world.healedAt !== null && this.neglected(world.healedAt).length > 0) return false;
    return (
      world.store.allFacts().every((facts) => {
        const live = facts.machines.filter(({ goneAt }) => goneAt === null).length;
        const open = facts.attempts.some(({ state }) => state === 'SENDING' || state === 'AMBIGUOUS');
        return this.isSettled(facts) && !open && live <= 1 && this.disagreement(facts) === null;
      }) && this.leaks().length === 0
    );
  }

  /** At rest: nothing more will happen to it by itself. */
  private isSettled({ instance }: Facts): boolean {
    if (SETTLED.has(instance.toldStatus)) return true;
    const machine = this.world.novita.machines.get(instance.machineId ?? '');
    if (machine?.status === 'exited' && this.world.invariants.isTooDear(machine, instance)) return true;
    return instance.toldStatus === 'unready' && machine !== undefined && machine.workloadAt > this.world.time.now;
  }

  private leaks(): string[] {
    const { world } = this;
    const leaks: string[] = [];
    for (const machine of world.novita.alive()) {
      if (machine.foreign) continue;
      const facts = world.invariants.ownerOf(machine);
      const isHeld = facts?.instance.machineId === machine.id && facts.instance.desired !== 'deleted';
      if (isHeld) continue;
      // renamed by a person before it was known to be ours: nothing but its environment tells, and that is for a person to read (R3)
      const isKnown = facts?.machines.some(({ machineId }) => machineId === machine.id) ?? false;
      if (machine.name !== machine.bornAs && !isKnown && world.store.strangerNow(machine.id)?.envInstanceId) continue;
      leaks.push(`${machine.id} (${machine.status}) of ${machine.bornAs} is nobody's`);
    }
    return leaks;
  }

  check(): void {
    const { world } = this;
    for (const leak of this.leaks()) world.violate('I3', leak);
    for (const facts of world.store.allFacts()) this.checkInstance(facts);
    this.checkPromises();
    this.checkDuties();
    if (world.store.guardNow().frozen) world.violate('LIVENESS', 'still frozen');
  }

  private checkInstance(facts: Facts): void {
    const { world } = this;
    const { instance } = facts;
    const { id } = instance;
    const disagreement = this.disagreement(facts);
    if (!this.isSettled(facts) || disagreement) world.trace(`unsettled: ${JSON.stringify(facts)}`);
    const living = world.invariants.aliveOf(id).filter(({ name, bornAs }) => name === bornAs);
    if (living.length > 1) world.violate('I2', `${id} has ${living.length} machines`);
    if (disagreement) world.violate('TRUTH', `${id}: ${disagreement}`);
    if (!this.isSettled(facts)) {
      world.violate('LIVENESS', `${id} is still ${instance.toldStatus} (wanted ${instance.desired})`);
    }
    const events = world.store.eventsOf(id);
    // what retention has deleted are the oldest
    const first = world.keep ? instance.lastEventSeq - events.length : 0;
    if (events.some(({ seq }, index) => seq !== first + index + 1) || first + events.length !== instance.lastEventSeq) {
      world.violate('I6', `events of ${id} are ${events.map(({ seq }) => seq).join(' ')}`);
    }
    const told = events.findLast(({ type }) => type === 'status.changed')?.data.to ?? (first === 0 ? 'pending' : null);
    if (told !== null && told !== instance.toldStatus)
      world.violate('I6', `${id} is ${instance.toldStatus}, and its events say otherwise`);
  }

  private checkPromises(): void {
    const { world } = this;
    for (const { key, instanceId, deleteAckedAt } of world.callers.promises.values()) {
      const facts = world.store.factsOf(instanceId);
      if (world.invariants.isForgotten(instanceId)) continue;
      if (!facts) world.violate('I5', `${key}: ${instanceId} is lost`);
      if (deleteAckedAt === null) continue;
      if (!facts?.instance.deletedAt) world.violate('I4', `${instanceId} was to be deleted and is not`);
      if (world.invariants.aliveOf(instanceId).some(({ name, bornAs }) => name === bornAs)) {
        world.violate('I4', `${instanceId} was deleted and its machine lives`);
      }
    }
  }

  /** Duties of the deployment that were not done, or not well, since all is well. */
  private neglected(healedAt: number): string[] {
    const { world } = this;
    const names = ['due-instances', 'fleet-sweep', ...(world.keep ? ['retention'] : [])];
    return names.filter((name) => {
      const run = world.timetable.runNow(name);
      return !run?.beganAt || run.beganAt.getTime() < healedAt - world.skewMs || run.error !== null;
    });
  }

  /** Whatever had become of them before: a run that failed, a replica that died with the lease. */
  private checkDuties(): void {
    const { world } = this;
    const { healedAt } = world;
    if (healedAt === null || world.time.now - healedAt < DUTY_MS) return;
    for (const name of this.neglected(healedAt)) world.violate('DUTY', `${name} is not done any more`);
  }

  /** How what callers are told differs from what is true. */
  private disagreement(facts: Facts): string | null {
    const { instance } = facts;
    const told = instance.toldStatus;
    if (told !== instancePhase(facts)) return `told ${told}, computed ${instancePhase(facts)}`;
    const bound = boundMachine(facts);
    const machine = bound && this.world.novita.machines.get(bound.machineId);
    const lives = machine ? isAlive(machine) : false;
    const runs = lives && machine?.status === 'running';
    if (told === 'ready' && !runs) return `ready, but its machine is ${machine?.status ?? 'none'}`;
    if (told === 'stopped' && runs) return 'stopped, but its machine runs';
    const isAnyAlive = this.world.invariants.aliveOf(instance.id).some(({ name, bornAs }) => name === bornAs);
    if (told === 'deleted' && isAnyAlive) return 'deleted, but a machine of it lives';
    if (told !== 'failed') return null;
    const { code = '', message = '' } = instance.progress.failure ?? {};
    if (lives && machine && isCharged(machine)) return `failed (${code}), but its machine is ${machine.status}`;
    return PASSING.test(message) ? `failed for what passes: ${message}` : null;
  }
}
