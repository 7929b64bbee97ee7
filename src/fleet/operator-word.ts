import { DomainError } from '../errors/domain-error.js';
import { MachineStore } from '../machines/store/machine-store.js';
import type { Clock } from '../time/clock.js';
import type { Snapshot } from '../novita-instances/domain/instance.js';
import { hearAbsent, hearGone, type Heard } from './hear-operator.js';
import type { InstanceStore } from '../novita-instances/store/instance-store.js';
import { recordOutcome } from '../novita-instances/workflow/write-change.js';
import { BY_OPERATOR, type Cause } from '../vocabulary/principal.js';

const SUSPECTS_AT_ONCE = 100;

/**
 * Takes a person's word for what has become of a create, or of a machine, that takes far too long. One transaction writes the
 * word, what follows from it, and the nudge: a death before it changes nothing, and a repetition after it finds it done. The word is of
 * the moment in which it was said: the person knows nothing of what came while it waited to be heard.
 */
export class OperatorWord {
  constructor(
    private readonly store: InstanceStore,
    private readonly machines: MachineStore,
    private readonly clock: Clock,
  ) {}

  /** @param check looks at the snapshot that the word is put on, and throws what the caller is to hear */
  async absent(
    instanceId: string,
    number: number,
    check: (snapshot: Snapshot) => void = () => undefined,
    cause: Cause = BY_OPERATOR,
  ): Promise<Snapshot> {
    const saidAt = this.clock.now();
    const suspectId = await this.suspectOf(instanceId, number);
    await recordOutcome(this.store, { instance: { id: instanceId } }, cause, (snapshot) => {
      check(snapshot);
      const change = believed(hearAbsent(snapshot, number, suspectId, saidAt), instanceId);
      return (
        change && { ...change, events: [{ type: 'placement.declared_absent', data: { attempt: number } }], nudge: true }
      );
    });
    return this.load(instanceId);
  }

  /** The machine is watched no longer. It is condemned too: should it be seen again, it is deleted again. */
  async gone(machineId: string, cause: Cause = BY_OPERATOR): Promise<Snapshot> {
    const saidAt = this.clock.now();
    const instanceId = (await this.machines.ownersOf([machineId])).get(machineId);
    if (instanceId === undefined) throw await this.refusalOfStranger(machineId);
    await recordOutcome(this.store, { instance: { id: instanceId } }, cause, (snapshot) => {
      const change = believed(hearGone(snapshot, machineId, saidAt), instanceId);
      if (!change) return null;
      const { machine, releases } = change;
      return {
        ...(snapshot.instance.machineId === machineId && { instance: { machineId: null } }),
        progress: { releases },
        condemned: [machineId],
        gone: [machineId],
        events: [
          {
            type: 'machine.declared_gone',
            data: {
              machineId,
              lastSeenAt: machine.observedAt.toISOString(),
              lastSeenAs: machine.observation.statusWord,
            },
          },
        ],
        nudge: true,
      };
    });
    return this.load(instanceId);
  }

  /** A stranger that nobody has said to ignore, and that carries the tag of this create in its environment or as its name. */
  private async suspectOf(instanceId: string, number: number): Promise<string | null> {
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = await this.machines.fleetAfter(after, ['lost', 'suspect'], SUSPECTS_AT_ONCE);
      const strangers = await this.machines.strangers(page.map(({ machineId }) => machineId));
      const suspect = strangers.find(
        (one) =>
          !one.ignored &&
          (one.instanceId ?? one.envInstanceId) === instanceId &&
          (one.attemptNumber ?? one.envAttemptNumber) === number,
      );
      if (suspect) return suspect.machineId;
      after = page.length < SUSPECTS_AT_ONCE ? undefined : page.at(-1)?.machineId;
    }
    return null;
  }

  private async refusalOfStranger(machineId: string): Promise<DomainError> {
    const [stranger] = await this.machines.strangers([machineId]);
    return stranger
      ? new DomainError('MACHINE_NOT_LEAVING', `Nobody has asked for machine ${machineId} to go.`)
      : new DomainError('MACHINE_NOT_FOUND', `No machine ${machineId} has been seen lately.`);
  }

  private async load(instanceId: string): Promise<Snapshot> {
    const snapshot = await this.store.load(instanceId);
    if (!snapshot) throw new DomainError('INSTANCE_NOT_FOUND', `There is no instance ${instanceId}.`);
    return snapshot;
  }
}

const believed = <Believed>(heard: Heard<Believed>, instanceId: string): Believed | null => {
  if (heard.kind === 'refused') {
    const { code, why, retryAfterSeconds } = heard;
    throw new DomainError(code, why, { instanceId, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
  }
  return heard.kind === 'believed' ? heard.change : null;
};
