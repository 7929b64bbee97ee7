import type { Market } from '../../placement/market.js';
import type { Machine, MachineMake } from '../../machines/domain/machine.js';
import type { Tagger } from '../../machines/domain/tag.js';
import type { MachineStore } from '../../machines/store/machine-store.js';
import { makeOf, observedMachine, tagOf, traceMachine } from '../../machines/sweep/trace-machine.js';
import { NovitaUnavailable, type NovitaClient, type SeenMachine } from '../../novita-api/novita-client.js';
import type { Clock } from '../../time/clock.js';
import type { Snapshot } from '../domain/instance.js';
import { priceOf, unrecordedAttempt } from '../domain/unrecorded.js';
import type { InstanceStore } from '../store/instance-store.js';
import { machineAdopted } from '../transitions/adopt-transition.js';
import { RECONCILER, type Taken } from '../workflow/ports.js';
import { writeChange } from '../workflow/write-change.js';
import { secretsOf } from './told-outcome.js';

const RETRY_SECONDS = 3;

/** Takes a machine in that carries the instance's tag, when the instance has none. */
export class AdoptMachine {
  constructor(
    private readonly store: InstanceStore,
    private readonly machines: MachineStore,
    private readonly novita: NovitaClient,
    private readonly market: Market,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
  ) {}

  /** The machine is asked for by id first: it may have gone since, and the list that showed it may leave out its ports. */
  async adopt(snapshot: Snapshot, { machineId, attemptNumber }: Machine): Promise<Taken> {
    const seen = await this.lookAt(snapshot, machineId);
    if (typeof seen === 'number') return { pauseSeconds: seen };
    const now = this.clock.now();
    const make = makeOf(seen, secretsOf(snapshot));
    const recorded = snapshot.attempts.find(({ number }) => number === attemptNumber);
    const attempt = recorded ?? {
      ...unrecordedAttempt(make, attemptNumber, await this.priceOf(make), now),
      tag: tagOf(seen, { instanceId: snapshot.instance.id, attempt: attemptNumber }, this.tagger),
    };
    await writeChange(this.store, snapshot, RECONCILER, machineAdopted(snapshot, machineId, attempt, now));
    return 'again';
  }

  /** The machine as it is now, recorded; or in how many seconds to try again. */
  private async lookAt(snapshot: Snapshot, machineId: string): Promise<SeenMachine | number> {
    const lookedAt = this.clock.now();
    try {
      const look = await this.novita.lookAtMachine(machineId);
      if (look.kind === 'missing') {
        await this.machines.recordMissing(machineId, lookedAt);
        return RETRY_SECONDS;
      }
      const trace = traceMachine(look.machine, this.tagger, snapshot.instance.id);
      if (trace)
        await this.machines.recordObservations([observedMachine(look.machine, trace, secretsOf(snapshot))], lookedAt);
      return look.machine;
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      return error.retryAfterSeconds ?? RETRY_SECONDS;
    }
  }

  /** In 1/100000 USD per GPU and hour; 0 when it is not known. */
  private async priceOf(make: MachineMake): Promise<number> {
    const offers = await this.market.currentOffers(false).catch(() => []);
    return priceOf(make, offers) ?? 0;
  }
}
