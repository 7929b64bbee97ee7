import type { Log } from '../../logging/log.js';
import { NovitaUnavailable, type NovitaClient, type SeenMachine } from '../../novita-api/novita-client.js';
import { addSeconds, type Clock } from '../../time/clock.js';
import { planLooks } from '../domain/plan-looks.js';
import type { Policy } from '../domain/policy.js';
import type { Tagger } from '../domain/tag.js';
import type { InstanceStore, Sighting, WatchedMachine } from '../store/instance-store.js';

/** A proof of absence must not be the last one's echo: passes that count for one create are this share of the settle window apart. */
const CLEAN_PASSES_PER_WINDOW = 6;
/** A create that takes longer than this may have lost its sender: its machine is looked for. */
const SENDING_IS_SLOW_SECONDS = 5;
const GETS_AT_ONCE = 5;
const TROUBLE_PAUSE_SECONDS = 3;

/**
 * Sees the fleet: looks at machines by list or by id, records what was seen, and nudges the instances for which it is news.
 * Changes nothing at Novita. One replica runs it at a time, by lease; two at once would only cost requests.
 */
export class FleetWatch {
  private lastListAt: Date | null = null;
  private listCost = 1;
  private readsWhenFull = 0;
  private pausedUntil: Date | null = null;
  /** Looks by id, also those that found nothing: nobody is asked about every half second. */
  private lookedAt = new Map<string, Date>();

  constructor(
    private readonly store: InstanceStore,
    private readonly novita: NovitaClient,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
    private readonly policy: Policy,
    private readonly log: Log,
  ) {}

  /** One round of looks. Trouble with Novita is not trouble with the fleet: what could not be seen stays as it was. */
  async tick(): Promise<void> {
    const now = this.clock.now();
    if (this.pausedUntil && now < this.pausedUntil) return;
    try {
      await this.look(now);
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      this.pausedUntil = addSeconds(now, error.retryAfterSeconds ?? TROUBLE_PAUSE_SECONDS);
      this.log.warn({ why: error.why, detail: error.message }, 'Novita cannot be read: the fleet stays as last seen');
    }
  }

  private async look(now: Date): Promise<void> {
    const machines = (await this.store.watchedMachines()).map((machine) => this.withLastLook(machine));
    this.lookedAt = new Map([...this.lookedAt].filter(([id]) => machines.some(({ machineId }) => machineId === id)));
    const openAttempts = await this.store.countOpenAttempts(addSeconds(now, -SENDING_IS_SLOW_SECONDS));
    const readsAvailable = this.novita.budget('read').available;
    this.readsWhenFull = Math.max(this.readsWhenFull, readsAvailable);
    const { lastListAt, listCost, readsWhenFull } = this;
    const plan = planLooks({ machines, openAttempts, lastListAt, listCost, readsAvailable, readsWhenFull }, now);
    if (plan.list) await this.list(machines);
    for (let at = 0; at < plan.gets.length; at += GETS_AT_ONCE) {
      await Promise.all(plan.gets.slice(at, at + GETS_AT_ONCE).map((id) => this.lookAt(id, machines)));
    }
  }

  private withLastLook(machine: WatchedMachine): WatchedMachine {
    const looked = this.lookedAt.get(machine.machineId);
    return looked && looked > machine.observedAt ? { ...machine, observedAt: looked } : machine;
  }

  private async list(watched: WatchedMachine[]): Promise<void> {
    const startedAt = this.clock.now();
    const { machines, complete, requests } = await this.novita.listMachines();
    this.listCost = requests;
    this.lastListAt = startedAt;
    await this.record(machines, watched, startedAt);
    if (complete) {
      await this.store.recordCleanPass(startedAt, this.policy.createSettleSeconds / CLEAN_PASSES_PER_WINDOW);
    }
  }

  private async lookAt(machineId: string, watched: WatchedMachine[]): Promise<void> {
    const startedAt = this.clock.now();
    this.lookedAt.set(machineId, startedAt);
    const look = await this.novita.lookAtMachine(machineId);
    if (look.kind === 'seen') return this.record([look.machine], watched, startedAt);
    const news = await this.store.recordMissing(machineId, startedAt);
    if (news) await this.store.nudge([news]);
  }

  private async record(machines: SeenMachine[], watched: WatchedMachine[], lookedAt: Date): Promise<void> {
    const sightings = machines.map((machine) => this.trace(machine, watched)).filter((sighting) => sighting !== null);
    const news = await this.store.recordSightings(sightings, lookedAt);
    if (news.length > 0) await this.store.nudge(news);
  }

  /** Whose machine this is: by our tag in its name, else in its environment, else because we hold its id. Null: not ours. */
  private trace(machine: SeenMachine, watched: WatchedMachine[]): Sighting | null {
    const { machineId, state, statusWord, failure, endpoints, spot, access } = machine;
    const tag = this.tagger.read(machine.name) ?? (machine.envTag ? this.tagger.read(machine.envTag) : null);
    const held = watched.find((known) => known.machineId === machineId);
    const instanceId = tag?.instanceId ?? held?.instanceId;
    if (!instanceId) return null;
    return {
      machineId,
      instanceId,
      attemptNumber: tag?.attempt ?? 0,
      observation: {
        state,
        statusWord,
        failure,
        endpoints,
        spot: spot && { state: spot.state, reclaimAt: spot.reclaimAt?.toISOString() ?? null },
      },
      access: access && {
        sshCommand: access.sshCommand,
        sshPassword: access.sshPassword,
        webTerminal: access.webTerminal,
        jupyterUrl: access.jupyterUrl,
      },
    };
  }
}
