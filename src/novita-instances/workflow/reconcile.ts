import type { Log } from '../../logging/log.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import type { Guardian } from '../../machines/sweep/guardian.js';
import { addSeconds, secondsBetween, type Clock } from '../../time/clock.js';
import type { Snapshot } from '../domain/instance.js';
import type { InstanceStatus } from '../domain/instance-phase.js';
import { planNextStep } from '../planners/plan-next-step.js';
import type { Policy } from '../domain/policy.js';
import type { ReconcileTrouble } from '../domain/reconcile-trouble.js';
import { seenFromSuccessor } from '../domain/replacement.js';
import { restFor } from '../planners/rest-for.js';
import type { Step } from '../planners/step.js';
import type { ActOnMachine } from '../effects/act-on-machine.js';
import type { AdoptMachine } from '../effects/adopt-machine.js';
import type { DeleteMachine } from '../effects/delete-machine.js';
import type { PlaceMachine } from '../effects/place-machine.js';
import type { UpdateMachine } from '../effects/update-machine.js';
import type { ProbeWorkload } from '../effects/probe-workload.js';
import type { InstanceStore } from '../store/instance-store.js';
import { stepRecorded, type RecordedStep } from '../transitions/step-transitions.js';
import { RECONCILER, type AroundStep, type Taken } from './ports.js';
import { writeChange } from './write-change.js';

/** What asks something of Novita or of a workload. */
export interface Effects {
  placing: PlaceMachine;
  adopting: AdoptMachine;
  acting: ActOnMachine;
  deleting: DeleteMachine;
  probing: ProbeWorkload;
  updating: UpdateMachine;
}

/** More steps than this in one activation would be a circle; the next activation goes on. */
const MAX_STEPS = 25;
const CIRCLE_PAUSE_SECONDS = 1;
/**
 * Brings one instance closer to what is wanted. Takes an id and nothing else; may run twice at once, may die at any line, and
 * never retries by itself: the next activation, by nudge or by timer, is the retry.
 */
export class Reconciler {
  constructor(
    private readonly store: InstanceStore,
    private readonly effects: Effects,
    private readonly guardian: Guardian,
    private readonly clock: Clock,
    private readonly policy: Policy,
    private readonly log: Log,
    private readonly onReady: (seconds: number) => void = () => undefined,
    private readonly aroundStep: AroundStep = (_instanceId, _step, work) => work(),
  ) {}

  /** Answers with the trouble that earlier passes had and that is over by this one. */
  async reconcile(instanceId: string, signal: AbortSignal): Promise<ReconcileTrouble | null> {
    let trouble: ReconcileTrouble | null = null;
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const decidedMs = this.clock.monotonicMs();
      const snapshot = await this.store.load(instanceId);
      if (!snapshot || signal.aborted) return null;
      trouble = snapshot.trouble ?? null;
      const guard = await this.guardian.current();
      const step = planNextStep(snapshot, guard, this.clock.now(), this.policy);
      if (step.do === 'rest') {
        await this.store.rest(snapshot.instance, restFor(snapshot, step.until, this.clock.now()));
        return trouble;
      }
      const taken = await this.aroundStep(instanceId, nameOf(step), () =>
        this.take(step, snapshot, guard, signal, decidedMs),
      );
      // probes go on for as long as an instance lives: what they change is told as a status
      const name = nameOf(step);
      if (!name.endsWith('probe'))
        this.log.info({ instanceId, step: name, generation: snapshot.instance.generation }, 'reconcile step taken');
      if (taken === 'rests') return trouble;
      if (taken !== 'again') {
        await this.pause(instanceId, taken.pauseSeconds);
        return trouble;
      }
    }
    this.log.warn({ instanceId }, 'reconcile took too many steps at once');
    await this.pause(instanceId, CIRCLE_PAUSE_SECONDS);
    return trouble;
  }

  private async pause(instanceId: string, seconds: number): Promise<void> {
    // the step may have written: a rest is for the snapshot as it is now
    const snapshot = await this.store.load(instanceId);
    if (!snapshot) return;
    const now = this.clock.now();
    await this.store.rest(snapshot.instance, restFor(snapshot, addSeconds(now, seconds), now));
  }

  private async take(
    step: Exclude<Step, { do: 'rest' }>,
    snapshot: Snapshot,
    guard: Guard,
    signal: AbortSignal,
    decidedMs: number,
  ): Promise<Taken> {
    const { placing, adopting, acting, deleting, probing, updating } = this.effects;
    switch (step.do) {
      case 'place':
        return placing.place(snapshot, guard, signal, decidedMs);
      case 'adopt':
        return adopting.adopt(snapshot, step.machine);
      case 'act':
        return acting.act(snapshot, step.verb, step.machine, decidedMs);
      case 'update-machine':
        return updating.update(snapshot, step.machine, step.isLate, decidedMs);
      case 'delete-machine':
        return deleting.delete(snapshot, step.machine, step.surplus, decidedMs);
      case 'probe':
        return probing.probe(snapshot, step.machine, guard);
      case 'condemn':
        // decided first and done next: the pass after a death here goes on deleting it
        if (!(await this.guardian.condemn(step.machine.machineId))) return 'again';
        return this.record(snapshot, step);
      case 'for-successor': {
        const view = seenFromSuccessor(snapshot);
        if (!view || step.step.do === 'rest') return 'again';
        return this.take(step.step, view, guard, signal, decidedMs);
      }
      case 'tell':
        await this.record(snapshot, step);
        this.measure(snapshot, step.status);
        return 'again';
      default:
        return this.record(snapshot, step);
    }
  }

  private async record(snapshot: Snapshot, step: RecordedStep): Promise<Taken> {
    await writeChange(this.store, snapshot, RECONCILER, stepRecorded(snapshot, step, this.policy, this.clock.now()));
    return 'again';
  }

  private measure({ instance: { toldStatus, progress } }: Snapshot, status: InstanceStatus): void {
    // a workload that answers again after a failed probe has been ready before
    if (status !== 'ready' || toldStatus === 'unready' || toldStatus === 'recovering') return;
    this.onReady(Math.max(0, secondsBetween(progress.wantedAt, this.clock.now())));
  }
}

const nameOf = (step: Step): string => (step.do === 'for-successor' ? `successor-${step.step.do}` : step.do);
