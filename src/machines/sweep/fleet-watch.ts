import type { Log } from '../../logging/log.js';
import {
  ListCutShort,
  NovitaUnavailable,
  type MachineList,
  type NovitaClient,
  type SeenMachine,
} from '../../novita-api/novita-client.js';
import { addSeconds, secondsBetween, type Clock } from '../../time/clock.js';
import { jointReading, withReading, type JointReading, type Reading } from '../domain/joint-reading.js';
import { Secrets } from '../../redaction/secrets.js';
import { planLooks, type MachineToWatch } from '../domain/plan-looks.js';
import type { Tagger } from '../domain/tag.js';
import type { MachineStore, WatchedMachine } from '../store/machine-store.js';
import type { Guardian } from './guardian.js';
import { hasFreeText, readEnvTag, observedMachine, strangerFrom, traceMachine, type Trace } from './trace-machine.js';

/** A proof of absence must not be the last one's echo: passes that count for one create are this share of the settle window apart. */
const CLEAN_PASSES_PER_WINDOW = 6;
/** A create that takes longer than this may have lost its sender: its machine is looked for. */
const SENDING_IS_SLOW_SECONDS = 5;
const GETS_AT_ONCE = 5;
const SECRETS_AT_ONCE = 100;
const TROUBLE_PAUSE_SECONDS = 3;
/** A list that is still not complete after this is read at the usual pace again: something else is wrong with it. */
const HURRY_SECONDS = 120;

/** How long an unanswered create may still come true, in seconds. */
export interface SweepPolicy {
  createSettleSeconds: number;
}

/** The secrets of instances, by their ids: texts of Novita may repeat them. */
export type SecretsOfOwners = (instanceIds: string[]) => Promise<Map<string, Secrets>>;

type Watched = ReadonlyMap<string, WatchedMachine & MachineToWatch>;

/** How one round ended. */
export interface WatchRound {
  /** Machines that are watched. */
  machines: number;
  /** Whether anything was on its way. */
  moving: boolean;
  /** When the last list began that Novita answered. */
  lastListAt: string | null;
  /** Why Novita could not be read. */
  trouble: string | null;
}

/**
 * Sees the fleet: looks at machines by list or by id, and records what was seen, which nudges the instances for which it is news.
 * Changes nothing at Novita. One replica runs it at a time, by lease; two at once would only cost requests.
 */
export class FleetWatch {
  private lastListAt: Date | null = null;
  private listCost = 1;
  private readsWhenFull = 0;
  private pausedUntil: Date | null = null;
  private pausedFor: string | null = null;
  private watchedCount = 0;
  private moves = true;
  /** Lists that were not complete and may become so together with the next ones. */
  private readings: Reading[] = [];
  private incompleteSince: Date | null = null;
  private isListUnfinished = false;
  /** Whether a look has succeeded in this round. */
  private hasSeen = false;
  /** Looks by id, also those that found nothing: nobody is asked about every half second. */
  private askedAt = new Map<string, Date>();

  constructor(
    private readonly store: MachineStore,
    private readonly novita: NovitaClient,
    private readonly tagger: Tagger,
    private readonly guardian: Guardian,
    private readonly clock: Clock,
    private readonly policy: SweepPolicy,
    private readonly secretsOf: SecretsOfOwners,
    private readonly log: Log,
  ) {}

  /** Whether anything was on its way when the fleet was last looked at: else no look is due for seconds. */
  get isMoving(): boolean {
    return this.moves || this.isListUnfinished;
  }

  /** One round of looks. Trouble with Novita is not trouble with the fleet: what could not be seen stays as it was. */
  async tick(): Promise<WatchRound> {
    const now = this.clock.now();
    if (this.pausedUntil && now < this.pausedUntil) return this.round(this.pausedFor);
    this.hasSeen = false;
    const troubles = await this.look(now);
    await this.tellSight(troubles, now);
    for (const trouble of troubles) {
      this.pausedUntil = addSeconds(now, trouble.retryAfterSeconds ?? TROUBLE_PAUSE_SECONDS);
      this.log.warn(
        { why: trouble.why, detail: trouble.message },
        'Novita cannot be read: the fleet stays as last seen',
      );
    }
    this.pausedFor = troubles.at(-1)?.why ?? null;
    return this.round(this.pausedFor);
  }

  private round(trouble: string | null): WatchRound {
    const { watchedCount: machines, isMoving: moving, lastListAt } = this;
    return { machines, moving, lastListAt: lastListAt?.toISOString() ?? null, trouble };
  }

  private async tellSight(troubles: NovitaUnavailable[], now: Date): Promise<void> {
    if (this.hasSeen) return this.guardian.looked('seen', now);
    if (troubles.length === 0) return this.guardian.looked('idle', now);
    // what we keep back ourselves says nothing about Novita
    if (troubles.some(({ why }) => why !== 'budget')) await this.guardian.looked('blind', now);
  }

  private async look(now: Date): Promise<NovitaUnavailable[]> {
    const machines = (await this.store.watchedMachines()).map((machine) => ({
      ...machine,
      askedAt: this.askedAt.get(machine.machineId) ?? null,
    }));
    this.watchedCount = machines.length;
    const watched: Watched = new Map(machines.map((machine) => [machine.machineId, machine]));
    this.askedAt = new Map([...this.askedAt].filter(([id]) => watched.has(id)));
    const openAttempts = await this.store.countOpenAttempts(addSeconds(now, -SENDING_IS_SLOW_SECONDS));
    this.moves = openAttempts > 0 || machines.some(({ closely, missing }) => closely || missing);
    const readsAvailable = (await this.novita.budget('read')).available;
    this.readsWhenFull = Math.max(this.readsWhenFull, readsAvailable);
    const { lastListAt, listCost, readsWhenFull } = this;
    const listUnfinished = (this.isListUnfinished = this.mayHurry(now));
    const state = { machines, openAttempts, listUnfinished, lastListAt, listCost, readsAvailable, readsWhenFull };
    const plan = planLooks(state, now);
    const listTrouble = plan.list ? await this.list(watched) : null;
    if (!listTrouble) return compact([await this.lookAtAll(plan.gets, watched)]);
    // what we keep back ourselves is no trouble of Novita's, and is over in a moment
    if (listTrouble.why !== 'budget' && listTrouble.why !== 'circuit-open') {
      await this.guardian.troubled(listTrouble.message);
    }
    if (isForAll(listTrouble)) return [listTrouble];
    // a list that cannot be had is no reason not to look at single machines: as if no budget could pay for it
    const { gets } = planLooks({ ...state, listCost: Infinity }, now);
    return compact([listTrouble, await this.lookAtAll(gets, watched)]);
  }

  private async list(watched: Watched): Promise<NovitaUnavailable | null> {
    const startedAt = this.clock.now();
    try {
      const list = await this.novita.listMachines();
      this.hasSeen = true;
      this.listCost = list.requests;
      this.lastListAt = startedAt;
      await this.recordList(list.machines, watched, startedAt);
      const pass = await this.passBy(list, watched, startedAt);
      this.isListUnfinished = this.mayHurry(startedAt);
      if (pass) await this.conclude(pass);
      return null;
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      if (error instanceof ListCutShort) this.learnCost(error.pagesRead);
      return error;
    }
  }

  /**
   * The fleet has grown beyond what a walk was thought to cost: the next one begins with more in hand. A walk that was refused at its
   * beginning teaches nothing: the database may have been slow for a moment, and the list would wait for a budget without any use.
   */
  private learnCost(pagesRead: number): void {
    if (pagesRead >= this.listCost) this.listCost = Math.min(pagesRead + 1, this.readsWhenFull);
  }

  /** What the list proves, alone or together with those before it; null: nothing yet. All that they showed has been recorded. */
  private async passBy(list: MachineList, watched: Watched, startedAt: Date): Promise<JointReading | null> {
    const ids = list.machines.map(({ machineId }) => machineId);
    // "not found" is believed where it contradicts nothing: a new account could buy nothing else
    if (list.complete || (list.saysNone && watched.size === 0)) {
      this.readings = [];
      this.incompleteSince = null;
      return { startedAt, ids };
    }
    this.incompleteSince ??= startedAt;
    // what was recorded before the database lost commits may be among them
    const { distrustedAt } = await this.guardian.current();
    const trusted = this.readings.filter((reading) => !distrustedAt || reading.startedAt > distrustedAt);
    this.readings = withReading(trusted, { startedAt, total: list.total, ids });
    const joint = jointReading(this.readings);
    if (joint) {
      // the next pass is to be a proof of its own
      this.readings = [];
      this.incompleteSince = null;
    }
    return joint;
  }

  private async conclude({ startedAt, ids }: JointReading): Promise<void> {
    const spacingSeconds = this.policy.createSettleSeconds / CLEAN_PASSES_PER_WINDOW;
    const census = await this.store.concludePass({ startedAt, seen: ids, spacingSeconds });
    await this.guardian.concludePass(census, startedAt);
  }

  private mayHurry(now: Date): boolean {
    const { readings, incompleteSince } = this;
    return readings.length > 0 && incompleteSince !== null && secondsBetween(incompleteSince, now) < HURRY_SECONDS;
  }

  /** What is ours goes to its instance; what no row explains is remembered as a stranger, ours by its tag or not. */
  private async recordList(machines: SeenMachine[], watched: Watched, startedAt: Date): Promise<void> {
    const unwatchedIds = machines.map(({ machineId }) => machineId).filter((id) => !watched.has(id));
    // one that was given up for lost may be back, and under another name
    const formerOwners = await this.store.ownersOf(unwatchedIds);
    const traced = machines.map((machine) => ({
      machine,
      trace: this.trace(machine, watched, formerOwners.get(machine.machineId)),
    }));
    const unwatched = traced.filter(({ machine }) => !watched.has(machine.machineId));
    const known = await this.store.knownInstances([
      ...new Set(unwatched.map(({ trace }) => trace?.instanceId).filter((id) => id !== undefined)),
    ]);
    const isStranger = ({ machine, trace }: (typeof traced)[number]): boolean =>
      !watched.has(machine.machineId) && !(trace && known.has(trace.instanceId));
    await this.recordOurs(
      traced.filter((one) => !isStranger(one)),
      startedAt,
    );
    const strangers = traced
      .filter((one) => isStranger(one) && one.machine.state !== 'removed')
      .map(({ machine, trace }) => strangerFrom(machine, trace, readEnvTag(machine, this.tagger)));
    if (strangers.length > 0) await this.store.recordStrangers(strangers, startedAt);
  }

  /** Texts of Novita may repeat secrets of the instance, so those are read for the few machines that have such a text. */
  private async recordOurs(traced: { machine: SeenMachine; trace: Trace | null }[], startedAt: Date): Promise<void> {
    const ours = compact(traced.map(({ machine, trace }) => trace && { machine, trace }));
    const ownersOfText = ours.filter(({ machine }) => hasFreeText(machine)).map(({ trace }) => trace.instanceId);
    const secrets = new Map<string, Secrets>();
    for (let at = 0; at < ownersOfText.length; at += SECRETS_AT_ONCE) {
      const owners = [...new Set(ownersOfText.slice(at, at + SECRETS_AT_ONCE))];
      for (const [owner, known] of await this.secretsOf(owners)) secrets.set(owner, known);
    }
    await this.store.recordObservations(
      ours.map(({ machine, trace }) => observedMachine(machine, trace, secrets.get(trace.instanceId) ?? Secrets.NONE)),
      startedAt,
    );
  }

  /**
   * Looks at machines by id, a few at a time. One that Novita cannot show does not keep the others from being seen; when it
   * shows none of them, the trouble is Novita's, and the rest is left for later.
   */
  private async lookAtAll(machineIds: string[], watched: Watched): Promise<NovitaUnavailable | null> {
    for (let at = 0; at < machineIds.length; at += GETS_AT_ONCE) {
      const some = machineIds.slice(at, at + GETS_AT_ONCE);
      const troubles = (await Promise.all(some.map((id) => this.lookAt(id, watched)))).filter(
        (trouble) => trouble !== null,
      );
      const [first] = troubles;
      if (first && (troubles.length === some.length || isForAll(first))) return first;
    }
    return null;
  }

  private async lookAt(machineId: string, watched: Watched): Promise<NovitaUnavailable | null> {
    const startedAt = this.clock.now();
    this.askedAt.set(machineId, startedAt);
    try {
      const look = await this.novita.lookAtMachine(machineId);
      this.hasSeen = true;
      if (look.kind === 'seen') {
        await this.recordOurs([{ machine: look.machine, trace: this.trace(look.machine, watched) }], startedAt);
      }
      if (look.kind === 'missing') await this.store.recordMissing(machineId, startedAt);
      return null;
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      return error;
    }
  }

  private trace(machine: SeenMachine, watched: Watched, formerOwner: string | null = null): Trace | null {
    return traceMachine(machine, this.tagger, watched.get(machine.machineId)?.instanceId ?? formerOwner);
  }
}

const compact = <T>(values: (T | null)[]): T[] => values.filter((value) => value !== null);

/** Troubles that the next request would meet too. */
const isForAll = ({ why }: NovitaUnavailable): boolean =>
  why === 'rate-limited' || why === 'unauthorized' || why === 'budget';
