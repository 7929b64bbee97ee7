import type { Machine } from '../../machines/domain/machine.js';
import type { Tagger } from '../../machines/domain/tag.js';
import type { MachineStore } from '../../machines/store/machine-store.js';
import { readTag } from '../../machines/sweep/trace-machine.js';
import { NovitaUnavailable, type NovitaClient } from '../../novita-api/novita-client.js';
import type { UpstreamText } from '../../redaction/upstream-text.js';
import type { Clock } from '../../time/clock.js';
import type { Snapshot } from '../domain/instance.js';
import type { InstanceStore } from '../store/instance-store.js';
import { deleteAnswered, type DeleteAnswer } from '../transitions/delete-transitions.js';
import { RECONCILER, type Taken } from '../workflow/ports.js';
import { recordOutcome } from '../workflow/write-change.js';
import { isDecisionOld } from './fences.js';
import { secretsOf, toldOutcome } from './told-outcome.js';

/** Asks Novita to delete a machine. That it is gone is only ever learnt from later observations. */
export class DeleteMachine {
  constructor(
    private readonly store: InstanceStore,
    private readonly machines: MachineStore,
    private readonly novita: NovitaClient,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
  ) {}

  /** @param decidedMs see fences.ts */
  async delete(snapshot: Snapshot, { machineId }: Machine, surplus: boolean, decidedMs: number): Promise<Taken> {
    const { clock, machines } = this;
    const sentAt = clock.now();
    const doubt = surplus ? await this.doubtOf(snapshot, machineId) : null;
    if (isDecisionOld(clock.monotonicMs(), decidedMs)) return 'again';
    const answer = doubt ?? toldOutcome(await this.novita.deleteMachine(machineId), secretsOf(snapshot));
    if (answer.kind === 'not-found') await machines.recordMissing(machineId, sentAt);
    if (answer.kind === 'acknowledged') await machines.recordDeleteAcknowledged(machineId, clock.now());
    await recordOutcome(this.store, snapshot, RECONCILER, (newest) =>
      deleteAnswered(newest, { machineId, surplus }, answer, sentAt, clock.now()),
    );
    return 'again';
  }

  /**
   * A surplus machine is asked for once more before it is deleted, and spared unless it carries our tag now: in its name, or,
   * if a person has renamed it since we first saw it, in its environment.
   */
  private async doubtOf({ instance }: Snapshot, machineId: string): Promise<DeleteAnswer | null> {
    try {
      const look = await this.novita.lookAtMachine(machineId);
      if (look.kind === 'missing') return { kind: 'not-found' };
      const { machine } = look;
      const isOurs = (name: UpstreamText | null): boolean =>
        name !== null && readTag({ name }, this.tagger)?.instanceId === instance.id;
      return isOurs(machine.name) || isOurs(machine.envTag) ? null : { kind: 'not-ours' };
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      return { kind: 'unavailable', why: error.message };
    }
  }
}
