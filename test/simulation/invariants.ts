import type { Policy } from '../../src/novita-instances/domain/policy.js';
import type { Attempt, Facts, Instance } from '../../src/novita-instances/domain/instance.js';
import type { FailureCode } from '../../src/novita-instances/domain/progress.js';
import { madeAt } from '../../src/machines/domain/tag.js';
import type { Change } from '../../src/novita-instances/store/instance-store.js';
import type { Sighting } from '../../src/machines/store/machine-store.js';
import { isAlive, isOnItsWayOut, type SimMachine } from './sim-machine.js';
import type { Said } from './sim-novita.js';
import type { SimWorld } from './sim-world.js';

/* What the laws say, in their own words: a core that changes its mind does not change them. */
const MOST_IN_DOUBT = 3;
const killLimit = (fleet: number): number => Math.max(3, Math.floor(fleet / 20));

/** A freeze is read before a step and may come while it is taken: so long a step may take. */
const STEP_MS = 90_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A machine that was made so soon after its create was sent, and listed for so long, cannot have been overlooked. */
const PROMPT_MS = 60_000;
const OVERLOOKED_MS = 40_000;
const OLD_MS = 420_000;
/** From the last look at what is wanted to the moment when a create leaves. */
const FENCE_MS = 15_000;
/** From the facts that are decided on to the request that follows from them. */
const DECISION_MS = 65_000 + FENCE_MS;
/** An outage is noticed by the next look, and counts from then on. */
const NOTICED_MS = 60_000;
/** A look at the fleet of several pages, each asked for three times, by a replica that slept once or twice meanwhile. */
const LONGEST_PASS_MS = 30 * 60_000;
/** How a replica says that its database has gone back in time. */
export const LOST_COMMITS = 'the database has lost commits';

const runOf = (machineId: string, startedAt: number): string => `${machineId} ${Math.floor(startedAt / 1000)}`;

/** What must hold at every moment. Reads the truth, not what we believe. */
export class Invariants {
  private readonly condemnedAt: number[] = [];
  /** When each create left, by its tag. */
  private readonly leftAt = new Map<string, number>();
  /** Creates that Novita has refused, by their tags. A double of one may be done nevertheless. */
  private readonly refused = new Set<string>();
  /** When the first request for each restart left, by instance and number. */
  private readonly restartLeftAt = new Map<string, number>();
  /** When a look first showed each run of a machine. */
  private readonly runShownAt = new Map<string, number>();
  private frozenSince: number | null = null;
  /** Wishes from then on are newer than what led to the freeze. */
  private newWishesFrom = 0;
  private distrustedAt: number | null = null;
  private resumedAt = 0;
  /** Machines that tell of a restored database, until a person has said that he knows. */
  private telltale: SimMachine[] = [];
  /** Whether the whole fleet has been listed since the database went back in time. */
  private hasSeenFleet = true;

  private readonly forgottenIds = new Set<string>();

  constructor(private readonly world: SimWorld) {}

  afterStore(name: string): void {
    if (name === 'concludePass') this.hasSeenFleet = true;
    if (name !== 'changeGuard') return;
    const { frozen, distrustedAt, resumedAt } = this.world.store.guardNow();
    if (frozen && distrustedAt && distrustedAt.getTime() !== this.distrustedAt) {
      // it was noticed that commits were lost: what the database still knows of wishes is not to be believed
      this.newWishesFrom = distrustedAt.getTime();
    }
    this.distrustedAt = distrustedAt?.getTime() ?? null;
    if (frozen) {
      if (this.frozenSince === null) {
        this.newWishesFrom = frozen.at.getTime();
        if (Math.abs(this.ageOf(frozen.at)) > LONGEST_PASS_MS) {
          this.world.violate('FREEZE', `begins at ${frozen.at.toISOString()}, which is not about now`);
        }
        this.world.count(`frozen: ${frozen.why}`);
        this.world.trace(`frozen: ${frozen.why}`);
      }
      this.frozenSince ??= this.world.time.now;
    } else if (this.frozenSince !== null) {
      this.frozenSince = null;
      this.world.trace('frozen no more');
      if (!resumedAt) return;
      // I9 counts from a person's last word on
      this.resumedAt = this.world.time.now;
      this.telltale = [];
    }
  }

  /** The database is another one now: what it forgot is not held against it, but it has to notice. */
  rolledBack(): void {
    const { world } = this;
    const { frozen, verifiedAt } = world.store.guardNow();
    this.frozenSince = frozen ? world.time.now : null;
    // nobody can miss a wish that only the database knew of: those it still knows are new or old as they were
    this.newWishesFrom = (frozen?.at ?? new Date(world.time.now)).getTime();
    this.resumedAt = world.time.now;
    this.condemnedAt.length = 0;
    this.hasSeenFleet = false;
    this.telltale = [...world.novita.alive()].filter((machine) => {
      const tag = machine.foreign ? null : world.tagger.read(machine.name);
      // one that no list shows yet is met later, by a database that has seen the rest: then it is unknown, and nothing more
      if (!tag || world.store.factsOf(tag.instanceId) || !verifiedAt || machine.visibleAt > world.time.now)
        return false;
      return madeAt(tag.instanceId).getTime() > verifiedAt.getTime() + HOUR_MS + world.skewMs;
    });
  }

  /** Retention deletes an instance: nothing of it is at Novita, nothing can come true, and it was kept for long enough. */
  forgotten({ instance: { id, deletedAt }, attempts, machines }: Facts): void {
    const { world } = this;
    world.count('instance forgotten');
    const keptMs = world.time.now - (deletedAt?.getTime() ?? Infinity);
    if (keptMs < (world.keep?.deletedInstancesDays ?? Infinity) * DAY_MS - 2 * world.skewMs) {
      world.violate('KEPT', `${id} is forgotten ${Math.round(keptMs / 1000)} s after its end`);
    }
    if (attempts.some(({ state }) => state === 'SENDING' || state === 'AMBIGUOUS')) {
      world.violate('KEPT', `${id} is forgotten with a create in doubt`);
    }
    if (machines.some(({ goneAt }) => !goneAt)) world.violate('KEPT', `${id} is forgotten with a machine`);
    this.forgottenIds.add(id);
  }

  /** Retention deletes an attempt: it made no machine, and it is not the last one, from which numbers go on. */
  forgottenAttempt(instanceId: string, { tag, number, state }: Attempt): void {
    const { world } = this;
    world.count('attempt forgotten');
    const numbers = world.store.factsOf(instanceId)?.attempts.map((attempt) => attempt.number) ?? [];
    if (number >= Math.max(...numbers)) world.violate('KEPT', `${tag}, the last attempt, is forgotten`);
    if (state !== 'REJECTED' && state !== 'NOT_SENT') world.violate('KEPT', `${tag} is forgotten, and is ${state}`);
    const made = this.aliveOf(instanceId).find(({ bornAs }) => bornAs === tag);
    if (made) world.violate('KEPT', `${tag} is forgotten, and ${made.id} lives`);
  }

  /** Whether retention has deleted it, and no older copy of the database has brought it back. */
  isForgotten(instanceId: string): boolean {
    return this.forgottenIds.has(instanceId) && !this.world.store.factsOf(instanceId);
  }

  /** A replica says that something is badly wrong. */
  alarmed(what: string): void {
    if (what !== LOST_COMMITS || this.world.lastRollback) return;
    this.world.violate('ALARM', 'commits of a database are said to be lost that has lost none');
  }

  condemned(): void {
    const { world, condemnedAt } = this;
    condemnedAt.push(world.time.now);
    const since = Math.max(world.time.now - HOUR_MS, this.resumedAt);
    const inAnHour = condemnedAt.filter((at) => at > since).length;
    // repeated decisions on one machine are counted here and not there
    const machines = world.store
      .allFacts()
      .flatMap(({ machines: known }) => known.filter(({ goneAt }) => !goneAt)).length;
    const condemnedNow = world.store
      .allFacts()
      .flatMap(({ machines: known }) => known)
      .filter(({ condemnedAt: at }) => at !== null && at.getTime() > since - HOUR_MS / 60).length;
    if (Math.min(inAnHour, condemnedNow) > killLimit(machines) + 1) {
      world.violate('I9', `${inAnHour} machines condemned in an hour of a fleet of ${machines}`);
    }
    if (this.frozenForMs() > STEP_MS) world.violate('FREEZE', 'a machine was condemned while frozen');
    if (this.isUnseenSince(new Date(world.time.now))) {
      world.violate('I10', 'a machine was condemned before the fleet had been seen');
    }
  }

  /** What is buried is dead, unless Novita itself said so of a machine of another account. */
  committed({ before, after, buried = [], attempts = [], events = [] }: Change): void {
    const { world } = this;
    const isRestartOver = after.progress.restartsDone > before.progress.restartsDone;
    if (isRestartOver && !events.some(({ type }) => type === 'machine.restart_unknown')) {
      this.restarted(after, before.progress.wantedAt);
    }
    if (after.progress.failure && !before.progress.failure) this.failed(after);
    for (const attempt of attempts) if (attempt.state === 'ABSENT') this.writtenOff(after.id, attempt);
    if (after.deletedAt && !before.deletedAt) {
      const overlooked = this.overlookedOf(after.id)[0];
      if (overlooked) world.violate('I4', `${after.id} is told deleted, and ${overlooked.id} is there to be found`);
    }
    for (const id of buried) {
      const machine = world.novita.machines.get(id);
      if (machine && isAlive(machine) && !world.wasLately('wrong-account', HOUR_MS)) {
        world.violate('GONE', `${id} is taken for gone and lives (${machine.status})`);
      }
    }
  }

  /** A deadline counts no time in which Novita could not be asked. */
  private failed({ id, progress }: Instance): void {
    const { world } = this;
    const timeoutOf: Partial<Record<FailureCode, keyof Policy>> = {
      NO_CAPACITY: 'capacityTimeoutSeconds',
      PROVISION_TIMEOUT: 'provisionTimeoutSeconds',
      START_TIMEOUT: 'startTimeoutSeconds',
      STOP_TIMEOUT: 'stopTimeoutSeconds',
      READINESS_TIMEOUT: 'readinessTimeoutSeconds',
    };
    const timeout = progress.failure && timeoutOf[progress.failure.code];
    if (!timeout || this.isExcused()) return;
    const countedMs = world.msWithout(['outage', 'key-revoked'], progress.wantedAt.getTime());
    const leastMs = Number(world.policy[timeout]) * 1000 - NOTICED_MS - 2 * world.skewMs;
    if (countedMs < leastMs) {
      world.violate('HELD', `${id} fails by ${progress.failure?.code} after ${Math.round(countedMs / 1000)} s`);
    }
  }

  /** A create is taken for one that never came true: whoever looked after its window had to see what came true in it. */
  private writtenOff(instanceId: string, { tag, settleAfter }: Attempt): void {
    const { world } = this;
    if (world.wasLately('wrong-account', HOUR_MS)) return;
    // one that is known is being given back already
    const known = world.store.factsOf(instanceId)?.machines.map(({ machineId }) => machineId) ?? [];
    const wasListed = (machine: SimMachine): boolean =>
      !known.includes(machine.id) &&
      machine.bornAs === tag &&
      machine.name === tag &&
      isAlive(machine) &&
      machine.visibleAt < settleAfter.getTime() - 2 * world.skewMs &&
      world.listLiedAt < machine.bornAt;
    const overlooked = [...world.novita.machines.values()].find(wasListed);
    if (overlooked)
      world.violate('I2', `${tag} is written off, and ${overlooked.id} was listed before its window ended`);
  }

  /** A request that changes something leaves a replica. */
  leaving(verb: string, body: Record<string, unknown>): void {
    if (verb === 'create') return this.createLeaving(String(body.name));
    const machine = this.world.novita.machines.get(String(body.instanceId));
    const facts = machine && this.ownerOf(machine);
    if (!facts) return;
    this.checkWanted(verb, machine, facts);
    this.checkHeld(verb, machine, facts);
    if (verb === 'start') this.checkPrice(machine, facts);
    if (verb === 'restart') this.checkRestart(machine, facts);
  }

  seen(sightings: Sighting[]): void {
    const { world } = this;
    for (const { machineId, observation } of sightings) {
      const run = observation.startedAt && runOf(machineId, Date.parse(observation.startedAt));
      if (run && observation.state === 'running' && !this.runShownAt.has(run)) this.runShownAt.set(run, world.time.now);
    }
  }

  /** What has been seen to restart is not restarted a second time. */
  private checkRestart(machine: SimMachine, { instance }: Facts): void {
    const { world } = this;
    const restart = `${instance.id} ${instance.restartGeneration}`;
    const leftAt = this.restartLeftAt.get(restart);
    if (leftAt === undefined) this.restartLeftAt.set(restart, world.time.now);
    const shownAt = this.runShownAt.get(runOf(machine.id, machine.startedAt));
    if (leftAt === undefined || shownAt === undefined || this.isExcused()) return;
    if (machine.startedAt > leftAt && world.time.now - shownAt > DECISION_MS) {
      world.violate('RESTART', `restarts ${machine.id} for ${restart} again, and it was seen to restart`);
    }
  }

  /** A restart that is told to be over has been done, or nobody knows. */
  private restarted(after: Instance, wantedAt: Date): void {
    const { world } = this;
    const machine = world.novita.machines.get(after.machineId ?? '');
    if (!machine || this.isExcused() || machine.startedAt >= wantedAt.getTime() - 2 * world.skewMs) return;
    world.violate('RESTART', `${after.id} is told restarted, and ${machine.id} runs since before it was asked for`);
  }

  /** No machine is started whose offer has been above its instance's cap for longer than anybody remembers prices. */
  private checkPrice(machine: SimMachine, { instance }: Facts): void {
    const { world } = this;
    const offer = world.novita.offerOf(machine);
    if (!offer || world.time.now - offer.pricedAt <= FENCE_MS || !this.isTooDear(machine, instance)) return;
    world.violate('I10', `starts ${machine.id}, and ${instance.id} does not pay so much`);
  }

  isTooDear(machine: SimMachine, { spec: { maxPricePerGpuHour: cap } }: Instance): boolean {
    const offer = this.world.novita.offerOf(machine);
    return (
      cap !== null && offer !== undefined && (machine.billingMode === 'spot' ? offer.spotPrice : offer.price) > cap
    );
  }

  /** What its instance holds is given back only when somebody wants that, or it never worked. */
  private checkWanted(verb: string, machine: SimMachine, { instance }: Facts): void {
    const { world } = this;
    const { failure, readiness } = instance.progress;
    if (verb !== 'delete' || instance.machineId !== machine.id || instance.desired === 'deleted') return;
    if (!failure) world.violate('I3', `deletes ${machine.id}, which ${instance.id} holds and wants`);
    if (readiness.readyAt) world.violate('DISK', `deletes ${machine.id}, which has worked, and nobody asked for it`);
  }

  private createLeaving(name: string): void {
    const { world } = this;
    if (this.leftAt.has(name) && !this.isExcused()) world.violate('I1', `${name} leaves a second time`);
    this.leftAt.set(name, world.time.now);
    const tag = world.tagger.read(name);
    if (!tag) return world.violate('I1', `created "${name}", which is no tag`);
    const facts = world.store.factsOf(tag.instanceId);
    const attempt = facts?.attempts.find(({ number }) => number === tag.attempt);
    if (attempt && this.isUnseenSince(attempt.sentAt)) {
      world.violate('I10', `${name} leaves although nobody has seen the fleet since the database went back`);
    }
    if (this.isExcused()) return;
    if (!facts || !attempt) return world.violate('I1', `create of ${name} has no row`);
    const { instance } = facts;
    if (world.skewMs === 0 && attempt.state !== 'SENDING') {
      world.violate('I10', `${name} leaves although its attempt is ${attempt.state}`);
    }
    if (instance.desired !== 'running' && this.ageOf(instance.progress.wantedAt) > FENCE_MS) {
      world.violate('I10', `${name} leaves although ${instance.id} is to be ${instance.desired}`);
    }
    if (this.frozenForMs() > STEP_MS) world.violate('FREEZE', `${name} leaves while frozen`);
    const { maxPricePerGpuHour: cap, onAmbiguous } = instance.spec;
    if (cap !== null && attempt.offer.pricePerGpuHour > cap) world.violate('I10', `${name} costs more than its cap`);
    const doubtful = facts.attempts.filter(
      ({ number, state, sentAt }) =>
        number !== attempt.number &&
        sentAt >= instance.progress.placement.since &&
        (state === 'ABSENT' || state === 'AMBIGUOUS' || state === 'SENDING'),
    );
    if (doubtful.length >= MOST_IN_DOUBT) world.violate('I10', `${name} follows ${doubtful.length} in doubt`);
    if (onAmbiguous === 'fail' && doubtful.length > 0)
      world.violate('I10', `${name} follows one in doubt, against the wish`);
    this.checkOverlooked(name, facts);
  }

  /** A second machine may be bought only when the first could not be found. */
  private checkOverlooked(name: string, facts: Facts): void {
    const { world } = this;
    for (const { id } of this.overlookedOf(facts.instance.id)) {
      world.violate('I2', `${name} leaves although ${id} is there to be found`);
    }
    const unheard = [...this.leftAt].filter(
      ([other, at]) =>
        other !== name &&
        world.tagger.read(other)?.instanceId === facts.instance.id &&
        world.time.now - at < world.policy.createSettleSeconds * 1000 - 2 * world.skewMs - FENCE_MS &&
        facts.attempts.some(
          ({ tag, state }) => tag === other && state !== 'REJECTED' && state !== 'NOT_SENT' && state !== 'ACCEPTED',
        ) &&
        // what came true and is on its way out comes true no more: one that was refused, and done nevertheless
        ![...world.novita.machines.values()].some((machine) => machine.bornAs === other && isOnItsWayOut(machine)),
    );
    for (const [other] of unheard) world.violate('I2', `${name} leaves while ${other} may still come true`);
  }

  /** Machines of an instance that nobody knows of, though they were made at once and have been listed for a while. */
  private overlookedOf(instanceId: string): SimMachine[] {
    const { world } = this;
    if (world.wasLately('wrong-account', HOUR_MS)) return [];
    const facts = world.store.factsOf(instanceId);
    const known = facts?.machines.map(({ machineId }) => machineId) ?? [];
    // the double of a create that was answered is nobody's to wait for: the next sweep finds it
    const answered =
      facts?.attempts
        .filter(({ state, tag }) => state === 'ACCEPTED' || (state === 'REJECTED' && this.refused.has(tag)))
        .map(({ tag }) => tag) ?? [];
    return this.aliveOf(instanceId).filter((machine) => {
      const sentAt = this.leftAt.get(machine.bornAs);
      if (sentAt === undefined || known.includes(machine.id) || machine.name !== machine.bornAs) return false;
      if (answered.includes(machine.bornAs)) return false;
      const isPrompt = machine.bornAt - sentAt <= PROMPT_MS && machine.visibleAt - sentAt < PROMPT_MS;
      return isPrompt && world.time.now - machine.visibleAt > OVERLOOKED_MS && world.listLiedAt < machine.bornAt;
    });
  }

  afterExecution(verb: string, body: Record<string, unknown>, said: Said): void {
    const { world } = this;
    if (verb === 'create') return this.afterCreate(String(body.name), said);
    const machine = world.novita.machines.get(String(body.instanceId));
    if (!machine || said.status !== 200) return;
    if (machine.foreign) return world.violate('I8', `${verb} of foreign machine ${machine.id} "${machine.name}"`);
    const facts = this.ownerOf(machine);
    if (!facts) {
      if (!this.isExcused()) world.violate('I8', `${verb} of ${machine.id}, which no instance knows`);
      return;
    }
  }

  /** While frozen nothing is done that rests on the database's word alone. */
  private checkHeld(verb: string, machine: SimMachine, { instance, machines }: Facts): void {
    const { world } = this;
    const isCondemned = machines.some(({ machineId, condemnedAt }) => machineId === machine.id && condemnedAt);
    if (instance.desired === 'deleted' || isCondemned) return;
    const isOldWish = instance.progress.wantedAt.getTime() < this.newWishesFrom - 2 * world.skewMs;
    if (this.frozenForMs() > STEP_MS && isOldWish) world.violate('FREEZE', `${verb} of ${machine.id} while frozen`);
    if (this.shouldBeFrozen(instance)) {
      world.violate('RESTORED', `${verb} of ${machine.id} by the word of a restored database`);
    }
  }

  private shouldBeFrozen({ progress }: Instance): boolean {
    const { lastRollback, time, skewMs, listLiedAt } = this.world;
    if (!lastRollback || time.now - lastRollback.at < STEP_MS) return false;
    // whom the list has kept it from
    if (listLiedAt > lastRollback.at) return false;
    if (progress.wantedAt.getTime() > lastRollback.at - skewMs) return false;
    // of one that is known again a person has decided, who so knows of the restore
    return this.telltale.some(
      (machine) => isAlive(machine) && this.world.tagger.read(machine.name) && !this.ownerOf(machine),
    );
  }

  private afterCreate(name: string, said: Said): void {
    const { world } = this;
    const tag = world.tagger.read(name);
    if (tag && said.status >= 400 && said.status < 500) this.refused.add(name);
    if (!tag || said.status !== 200) return;
    world.count('machine made');
    if (this.aliveOf(tag.instanceId).length > 1) {
      world.count('transient twin');
      world.twinned.add(tag.instanceId);
    }
    const facts = world.store.factsOf(tag.instanceId);
    const leftAt = this.leftAt.get(name) ?? 0;
    if (facts && leftAt > (world.lastRollback?.at ?? Infinity) + STEP_MS && this.shouldBeFrozen(facts.instance)) {
      world.violate('RESTORED', `${name} bought by the word of a restored database`);
    }
  }

  /** A database that is so old cannot take an older look at the fleet for a fresh one. */
  private isUnseenSince(sentAt: Date): boolean {
    const { lastRollback, skewMs } = this.world;
    if (this.hasSeenFleet || !lastRollback || lastRollback.at - lastRollback.to < OLD_MS) return false;
    return sentAt.getTime() > lastRollback.at + skewMs + 1_000;
  }

  private ageOf(time: Date): number {
    return this.world.time.now - time.getTime() - this.world.skewMs;
  }

  private frozenForMs(): number {
    return this.frozenSince === null ? 0 : this.world.time.now - this.frozenSince;
  }

  /** After the database has gone back in time, what it forgot cannot be held against it. */
  private isExcused(): boolean {
    return this.world.lastRollback !== null;
  }

  ownerOf(machine: SimMachine): Facts | null {
    const tag = this.world.tagger.read(machine.bornAs);
    return tag && this.world.store.factsOf(tag.instanceId);
  }

  aliveOf(instanceId: string): SimMachine[] {
    return [...this.world.novita.alive()].filter(
      (machine) => !machine.foreign && this.world.tagger.read(machine.bornAs)?.instanceId === instanceId,
    );
  }
}
