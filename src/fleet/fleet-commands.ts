import type { Market } from '../placement/market.js';
import { DomainError } from '../errors/domain-error.js';
import { NovitaUnavailable, type NovitaClient, type SeenMachine } from '../novita-api/novita-client.js';
import { Secrets } from '../redaction/secrets.js';
import type { Clock } from '../time/clock.js';
import { resume, type Guard } from '../machines/domain/fleet-guard.js';
import type { Snapshot } from '../novita-instances/domain/instance.js';
import type { Machine } from '../machines/domain/machine.js';
import type { Offer } from '../placement/offer.js';
import type { Tag, Tagger } from '../machines/domain/tag.js';
import { firstSeen } from '../machines/domain/observation.js';
import { overCapEvents } from '../placement/price-cap.js';
import { instanceAround, priceOf, unrecordedAttempt } from '../novita-instances/domain/unrecorded.js';
import type { FleetMember, FleetSort, KnownStranger, MachineStore } from '../machines/store/machine-store.js';
import type { InstanceStore } from '../novita-instances/store/instance-store.js';
import { recordOutcome } from '../novita-instances/workflow/write-change.js';
import {
  isSuspected,
  REPORTED_VERDICTS,
  reportOfOurs,
  reportOfStranger,
  SORTS_OF_VERDICT,
  type MachineReport,
} from './machine-report.js';
import { BY_OPERATOR, type Cause } from '../vocabulary/principal.js';
import { secretsOf } from '../novita-instances/effects/told-outcome.js';
import {
  makeOf,
  readEnvTag,
  observedMachine,
  tagOf,
  traceMachine,
  type Trace,
} from '../machines/sweep/trace-machine.js';
import { GuardStore } from '../machines/store/guard-store.js';
import { endPlacement } from '../novita-instances/domain/placement-hold.js';

export interface MachinePage {
  machines: MachineReport[];
  /** Read on after this id; null: that was the last page. A page may be short and not the last. */
  nextAfter: string | null;
}

const OWNERS_AT_ONCE = 10;

/** What a person sees of the fleet, and decides where the code does not. */
export class FleetCommands {
  constructor(
    private readonly store: InstanceStore,
    private readonly machineStore: MachineStore,
    private readonly guards: GuardStore,
    private readonly novita: NovitaClient,
    private readonly market: Market,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
  ) {}

  guard(): Promise<Guard> {
    return this.guards.guard();
  }

  /** Ends a freeze. What is still undecided may bring the next one. */
  resume(cause: Cause = BY_OPERATOR): Promise<Guard> {
    const now = this.clock.now();
    return this.guards.changeGuard((guard) => resume(guard, now), cause);
  }

  /**
   * A page of the machines after this id, in the order of ids: of instances, and strangers; only those of some verdicts, if any
   * are named.
   */
  async machines(afterId: string, limit: number, verdicts = REPORTED_VERDICTS): Promise<MachinePage> {
    const sorts = [...new Set(verdicts.flatMap((verdict) => SORTS_OF_VERDICT[verdict]))];
    const { machines, nextAfter } = await this.machinesOfSorts(afterId, limit, sorts);
    return { machines: machines.filter(({ verdict }) => verdicts.includes(verdict)), nextAfter };
  }

  /** The same by how they stand in the database. */
  async machinesOfSorts(afterId: string, limit: number, sorts: FleetSort[]): Promise<MachinePage> {
    const members = await this.machineStore.fleetAfter(afterId, sorts, limit + 1);
    const page = members.slice(0, limit);
    return {
      machines: await this.reportsOf(page),
      nextAfter: members.length > limit ? (page.at(-1)?.machineId ?? null) : null,
    };
  }

  private async reportsOf(members: FleetMember[]): Promise<MachineReport[]> {
    const ownerIds = members.map(({ instanceId }) => instanceId).filter((id) => id !== null);
    const ours = await this.reportsOfOwners([...new Set(ownerIds)]);
    const strangerIds = members.filter(({ instanceId }) => instanceId === null).map(({ machineId }) => machineId);
    const strangers = await this.machineStore.strangers(strangerIds);
    const offers = strangers.length > 0 ? await this.offers() : [];
    const reports = [...ours];
    for (const stranger of strangers) {
      reports.push(reportOfStranger(stranger, offers, await this.suspectedOwner(stranger)));
    }
    const byId = new Map(reports.filter((report) => report !== null).map((report) => [report.machineId, report]));
    return members.flatMap(({ machineId }) => byId.get(machineId) ?? []);
  }

  /** Of all their machines. An instance may be large, and its report is not: few are held at once. */
  private async reportsOfOwners(instanceIds: string[]): Promise<(MachineReport | null)[]> {
    const reports = [];
    for (let at = 0; at < instanceIds.length; at += OWNERS_AT_ONCE) {
      const owners = await this.store.loadAll(instanceIds.slice(at, at + OWNERS_AT_ONCE));
      reports.push(
        ...owners.flatMap((snapshot) => snapshot.machines.map((machine) => reportOfOurs(snapshot, machine))),
      );
    }
    return reports;
  }

  /** Makes the machine one of ours: bound to its instance, or to a new one around it. Answers with the instance. */
  async adopt(machineId: string, cause: Cause = BY_OPERATOR): Promise<Snapshot> {
    const { stranger, snapshot } = await this.find(machineId);
    if (stranger) return this.takeIn(stranger, 'running', cause);
    const seen = await this.lookAt(machineId);
    const make = makeOf(seen, secretsOf(snapshot));
    const price = priceOf(make, await this.offers()) ?? 0;
    await recordOutcome(this.store, snapshot, cause, (newest) => {
      const machine = machineOf(newest, machineId);
      const { instance } = newest;
      if (instance.machineId === machineId) return null;
      if (instance.machineId !== null || instance.desired === 'deleted' || machine.condemnedAt) {
        throw new DomainError(
          'MACHINE_NOT_ADOPTABLE',
          instance.machineId === null
            ? `Machine ${machineId} is being deleted.`
            : `Instance "${instance.name}" holds machine ${instance.machineId}.`,
          { instanceId: instance.id },
        );
      }
      const now = this.clock.now();
      const number = machine.attemptNumber;
      const tag = tagOf(seen, { instanceId: instance.id, attempt: number }, this.tagger);
      const recorded = newest.attempts.find((attempt) => attempt.number === number);
      const attempt = recorded ?? { ...unrecordedAttempt(make, number, price, now), tag };
      return {
        instance: { machineId },
        progress: { ...endPlacement(instance.progress, now), failure: null },
        attempts: [{ ...attempt, state: 'ACCEPTED', machineId, decidedAt: now }],
        events: [
          { type: 'machine.adopted', data: { machineId, attempt: number } },
          ...overCapEvents(instance.spec, attempt.offer, machineId),
        ],
        nudge: true,
      };
    });
    return this.load(snapshot.instance.id);
  }

  /** Has a machine deleted that no instance holds. The reconciler asks for the delete until the machine is gone. */
  async terminate(machineId: string, cause: Cause = BY_OPERATOR): Promise<Snapshot> {
    const { stranger, snapshot } = await this.find(machineId);
    if (stranger) return this.takeIn(stranger, 'deleted', cause);
    await recordOutcome(this.store, snapshot, cause, (newest) => {
      const machine = machineOf(newest, machineId);
      const { instance } = newest;
      if (instance.machineId === machineId) {
        throw new DomainError(
          'MACHINE_IN_USE',
          `Instance "${instance.name}" holds machine ${machineId}: delete the instance.`,
          { instanceId: instance.id },
        );
      }
      if (machine.condemnedAt) return null;
      return {
        condemned: [machineId],
        events: [{ type: 'machine.condemned', data: { machineId, attempt: machine.attemptNumber } }],
        nudge: true,
      };
    });
    return this.load(snapshot.instance.id);
  }

  /** Leaves a stranger alone and stops counting it. */
  async ignore(machineId: string): Promise<MachineReport> {
    const { stranger, snapshot } = await this.find(machineId);
    if (!stranger) {
      throw new DomainError(
        'MACHINE_IN_USE',
        `Machine ${machineId} belongs to instance "${snapshot.instance.name}" and cannot be ignored.`,
        { instanceId: snapshot.instance.id },
      );
    }
    await this.machineStore.ignoreStranger(machineId);
    return reportOfStranger({ ...stranger, ignored: true }, await this.offers(), await this.suspectedOwner(stranger));
  }

  /** An instance around a machine that we made once and know nothing of any more. */
  private async takeIn(stranger: KnownStranger, desired: 'running' | 'deleted', cause: Cause): Promise<Snapshot> {
    const { machineId } = stranger;
    const isSuspect = isSuspected(stranger, await this.suspectedOwner(stranger));
    const instanceId = isSuspect ? stranger.envInstanceId : stranger.instanceId;
    if (instanceId === null) {
      throw new DomainError(
        'FOREIGN_MACHINE',
        `Machine ${machineId} carries no tag of this deployment: Novitai never touches it. Use Novita's console.`,
      );
    }
    const lookedAt = this.clock.now();
    const seen = await this.lookAt(machineId);
    const trace = isSuspect ? traceBy(readEnvTag(seen, this.tagger)) : traceMachine(seen, this.tagger, null);
    if (trace?.instanceId !== instanceId) {
      throw new DomainError('FOREIGN_MACHINE', `Machine ${machineId} does not carry our tag any more.`);
    }
    const known = await this.store.load(trace.instanceId);
    const observed = observedMachine(seen, trace, known ? secretsOf(known) : Secrets.NONE);
    if (known) {
      // another machine of the same lost instance was taken in before: this one is surplus
      await this.machineStore.recordObservations([observed], lookedAt);
      await this.machineStore.forgetStranger(machineId);
      return desired === 'running' ? this.adopt(machineId, cause) : this.terminate(machineId, cause);
    }
    const now = this.clock.now();
    const { attemptNumber, observation } = observed;
    const make = makeOf(seen, Secrets.NONE);
    const tag = tagOf(seen, { instanceId, attempt: attemptNumber }, this.tagger);
    const attempt = unrecordedAttempt(make, attemptNumber, priceOf(make, await this.offers()) ?? 0, now);
    const instance = instanceAround(instanceId, machineId, make, observation, desired, now);
    const created = await this.store.create(
      instance,
      [{ type: 'instance.recovered', data: { machineId, attempt: attemptNumber, desired } }],
      null,
      cause,
      {
        attempts: [{ ...attempt, tag, machineId }],
        machines: [{ ...firstSeen(observed, lookedAt), firstSeenAt: stranger.firstSeenAt }],
      },
    );
    if (created.kind !== 'created') {
      throw new DomainError('CONCURRENT_CHANGE', `Machine ${machineId} is being taken in already.`);
    }
    await this.machineStore.forgetStranger(machineId);
    return created.snapshot;
  }

  private async find(
    machineId: string,
  ): Promise<{ stranger: KnownStranger; snapshot: null } | { stranger: null; snapshot: Snapshot }> {
    const owner = (await this.machineStore.ownersOf([machineId])).get(machineId);
    const snapshot = owner === undefined ? null : await this.load(owner);
    if (snapshot?.machines.some((machine) => machine.machineId === machineId && machine.goneAt === null)) {
      return { stranger: null, snapshot };
    }
    const [stranger] = await this.machineStore.strangers([machineId]);
    if (stranger) return { stranger, snapshot: null };
    throw new DomainError('MACHINE_NOT_FOUND', `No machine ${machineId} has been seen lately.`);
  }

  /** The instance that the tag in its environment names. */
  private async suspectedOwner({ envInstanceId }: KnownStranger): Promise<Snapshot | null> {
    return envInstanceId === null ? null : this.store.load(envInstanceId);
  }

  private async load(instanceId: string): Promise<Snapshot> {
    const snapshot = await this.store.load(instanceId);
    if (!snapshot) throw new DomainError('INSTANCE_NOT_FOUND', `There is no instance ${instanceId}.`);
    return snapshot;
  }

  private async lookAt(machineId: string): Promise<SeenMachine> {
    try {
      const look = await this.novita.lookAtMachine(machineId);
      if (look.kind === 'seen' && look.machine.state !== 'removed') return look.machine;
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      throw new DomainError('NOVITA_UNAVAILABLE', `Novita cannot show machine ${machineId} now: ${error.message}`);
    }
    throw new DomainError('MACHINE_NOT_FOUND', `Novita has no machine ${machineId} any more.`);
  }

  private offers(): Promise<Offer[]> {
    return this.market.knownOffers().catch(() => []);
  }
}

const traceBy = (tag: Tag | null): Trace | null => tag && { instanceId: tag.instanceId, attemptNumber: tag.attempt };

const machineOf = ({ machines }: Snapshot, machineId: string): Machine => {
  const machine = machines.find((known) => known.machineId === machineId && known.goneAt === null);
  if (!machine) throw new DomainError('MACHINE_NOT_FOUND', `Machine ${machineId} is gone.`);
  return machine;
};
