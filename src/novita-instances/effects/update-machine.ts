import { DomainError } from '../../errors/domain-error.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { MachineStore } from '../../machines/store/machine-store.js';
import { observedMachine, traceMachine } from '../../machines/sweep/trace-machine.js';
import type { Tagger } from '../../machines/domain/tag.js';
import {
  NovitaUnavailable,
  type ActionOutcome,
  type NovitaClient,
  type SeenMachine,
} from '../../novita-api/novita-client.js';
import { contentOf, type ContentField, type MachineContent, type TemplateUsed } from '../../placement/machine-order.js';
import type { Market } from '../../placement/market.js';
import { capOf, whyTooDearToStart } from '../../placement/price-cap.js';
import type { Clock } from '../../time/clock.js';
import { offerOf, type Snapshot } from '../domain/instance.js';
import { attemptOf } from '../domain/machine-verdict.js';
import type { Policy } from '../domain/policy.js';
import { MACHINE_FIELDS, type MachineField, type SentChange } from '../domain/spec-update-progress.js';
import { nextChange } from '../domain/spec-update.js';
import type { InstanceStore } from '../store/instance-store.js';
import type { InstanceChange } from '../transitions/instance-change.js';
import { changeAnswered, changeIntended, updateFailed, updateSettled } from '../transitions/update-transitions.js';
import { RECONCILER, type Taken } from '../workflow/ports.js';
import { recordOutcome, writeChange } from '../workflow/write-change.js';
import { isDecisionOld, isTooLateToSend, SLEPT } from './fences.js';
import { secretsOf, toldOutcome } from './told-outcome.js';

const RETRY_SECONDS = 3;
/** So soon the machine is read again while the effect of a request is to be seen. */
const CHECK_SECONDS = 3;
/** A machine that is down is not billed meanwhile. */
const PRICE_RETRY_SECONDS = 30;

/**
 * Makes the machine what an update says. Promises: the machine is read first, and nothing is sent when it is as it should be; one request
 * leaves for each decision, and is committed before. A death at any line leaves a request that the next read of the machine settles.
 */
export class UpdateMachine {
  constructor(
    private readonly store: InstanceStore,
    private readonly machines: MachineStore,
    private readonly novita: NovitaClient,
    private readonly market: Market,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
    private readonly policy: Policy,
  ) {}

  /** @param decidedMs see fences.ts */
  async update(snapshot: Snapshot, machine: Machine, isLate: boolean, decidedMs: number): Promise<Taken> {
    const { update, spec } = snapshot.instance;
    if (!update) return 'again';
    const seen = await this.lookAt(snapshot, machine.machineId);
    if (typeof seen === 'number') return { pauseSeconds: seen };
    // what it was seen to do meanwhile is planned for first
    if (seen.state !== machine.observation.state) return { pauseSeconds: 1 };
    const template = await this.templateOf(snapshot);
    if (template === undefined) return { pauseSeconds: RETRY_SECONDS };
    const wanted = this.contentWanted(snapshot, machine, template);
    if (!wanted) {
      const message = 'The instance names neither an image nor a template that has one.';
      return this.write(snapshot, updateFailed(snapshot, { code: 'UPDATE_REJECTED', message }, this.clock.now()));
    }
    const has = seen.make.rootfsSizeGb;
    const wantsDisk = update.state === 'pending' && update.fields.includes('rootfsSizeGb');
    if (wantsDisk && has !== null && spec.rootfsSizeGb !== null && has > spec.rootfsSizeGb && !update.sent) {
      const message = `The disk has ${has} GB and cannot have ${spec.rootfsSizeGb}.`;
      return this.write(snapshot, updateFailed(snapshot, { code: 'DISK_CANNOT_SHRINK', message }, this.clock.now()));
    }
    // what the update does not name stays as it is, whatever the template says by now
    const differing = seen.content.differingFrom(wanted).filter((field) => (update.fields as string[]).includes(field));
    const next = nextChange(update, machine.machineId, differing, isLate, this.clock.now());
    switch (next.kind) {
      case 'settled':
        return this.write(snapshot, updateSettled(snapshot, this.clock.now()));
      case 'wait':
        return { pauseSeconds: CHECK_SECONDS };
      case 'give-up':
        return this.write(snapshot, updateFailed(snapshot, next, this.clock.now(), fieldsOf(differing)));
      case 'send':
        if (seen.state === 'exited' && (await this.isTooDear(snapshot, machine))) {
          return { pauseSeconds: PRICE_RETRY_SECONDS };
        }
        return this.send(snapshot, machine, next.verb, { wanted, seen, differing }, decidedMs);
    }
  }

  private async send(
    snapshot: Snapshot,
    machine: Machine,
    verb: SentChange['verb'],
    look: { wanted: MachineContent; seen: SeenMachine; differing: readonly ContentField[] },
    decidedMs: number,
  ): Promise<Taken> {
    const { store, clock } = this;
    const { update } = snapshot.instance;
    const { available, nextInMs } = await this.novita.budget('create');
    if (available < 1) return { pauseSeconds: nextInMs / 1000 };
    const committedMs = clock.monotonicMs();
    if (isDecisionOld(committedMs, decidedMs)) return 'again';
    const intended = changeIntended(snapshot, verb, machine, this.policy, clock.now());
    if (!intended?.sent || !update) return 'again';
    const { sentAt } = intended.sent;
    if (!(await writeChange(store, snapshot, RECONCILER, { instance: { update: intended } }))) return 'again';
    const outcome = isTooLateToSend(clock.monotonicMs(), committedMs)
      ? ({ kind: 'not-sent', why: SLEPT } as const)
      : await this.request(verb, machine.machineId, look);
    const answer = toldOutcome(outcome, secretsOf(snapshot));
    if (answer.kind === 'not-found') await this.machines.recordMissing(machine.machineId, sentAt);
    await recordOutcome(store, snapshot, RECONCILER, (newest) =>
      changeAnswered(newest, intended, update, answer, clock.now()),
    );
    return 'again';
  }

  private request(
    verb: SentChange['verb'],
    machineId: string,
    { wanted, seen, differing }: { wanted: MachineContent; seen: SeenMachine; differing: readonly ContentField[] },
  ): Promise<ActionOutcome> {
    if (verb === 'upgrade') {
      const { image, registryAuthId, command, entrypoint, envs } = wanted;
      const volumeMounts = seen.content.volumeMounts ?? [];
      return this.novita.upgradeMachine({ machineId, image, registryAuthId, command, entrypoint, envs, volumeMounts });
    }
    const grows = differing.includes('rootfsSizeGb');
    return this.novita.editMachine({
      machineId,
      ports: differing.includes('ports') ? wanted.ports : null,
      expandRootDiskGb: grows ? wanted.rootfsSizeGb - (seen.make.rootfsSizeGb ?? wanted.rootfsSizeGb) : 0,
    });
  }

  /** Undefined: it cannot be read now. */
  private async templateOf({ instance: { spec } }: Snapshot): Promise<TemplateUsed | null | undefined> {
    if (spec.templateId === null) return null;
    try {
      return await this.market.template(spec.templateId);
    } catch (error) {
      if (error instanceof DomainError) return undefined;
      throw error;
    }
  }

  private contentWanted(snapshot: Snapshot, machine: Machine, template: TemplateUsed | null): MachineContent | null {
    const { spec, id } = snapshot.instance;
    const tag =
      attemptOf(snapshot, machine)?.tag ?? this.tagger.write({ instanceId: id, attempt: machine.attemptNumber });
    return contentOf(spec, template, tag);
  }

  /** An upgrade of a machine that is down starts it. */
  private async isTooDear(snapshot: Snapshot, machine: Machine): Promise<boolean> {
    const { spec } = snapshot.instance;
    if (capOf(spec) === null) return false;
    try {
      const offers = await this.market.currentOffers(false);
      return whyTooDearToStart(spec, offerOf(snapshot, machine), offers) !== null;
    } catch (error) {
      if (error instanceof DomainError) return true;
      throw error;
    }
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

  private async write(snapshot: Snapshot, change: InstanceChange): Promise<Taken> {
    await writeChange(this.store, snapshot, RECONCILER, change);
    return 'again';
  }
}

const fieldsOf = (differing: readonly ContentField[]): MachineField[] =>
  MACHINE_FIELDS.filter((field) => differing.includes(field));
