import type { Log } from '../../logging/log.js';
import { addSeconds, secondsBetween, type Clock } from '../../time/clock.js';
import { needsCloseWatch, RESTING_STATUSES, type InstanceStatus } from '../domain/instance-phase.js';
import { NO_READINESS, type Failure } from '../domain/progress.js';
import type { Facts } from '../domain/instance.js';
import type { Machine } from '../../machines/domain/machine.js';
import { planNextStep } from '../domain/plan-next-step.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import { attemptOf } from '../domain/machine-verdict.js';
import type { Disproved } from '../domain/operator-word.js';
import type { Overdue } from '../domain/overdue.js';
import type { Policy } from '../domain/policy.js';
import type { ReconcileTrouble } from '../domain/reconcile-trouble.js';
import { advanceReadiness, beginReadiness, probeTargets } from '../domain/readiness.js';
import type { Step } from '../domain/step.js';
import type { InstanceStore, Rest } from '../store/instance-store.js';
import { told } from '../../redaction/upstream-text.js';
import { amend, amended, commitTo, type Amendment } from './amend.js';
import type { Guardian } from '../../machines/sweep/guardian.js';
import type { PlaceMachine } from './place-machine.js';
import { RECONCILER, type AroundStep, type Prober, type Taken } from './ports.js';
import type { SteerMachine } from './steer-machine.js';
import { secretsOf } from './told-outcome.js';

/** Of so many the instance remembers that they have been told. More than can be overdue at once. */
const MOST_OVERDUE_TOLD = 50;
/** More steps than this in one activation would be a circle; the next activation goes on. */
const MAX_STEPS = 25;
const CIRCLE_PAUSE_SECONDS = 1;
/** Even when nothing is due, an instance is looked over again: a lost nudge costs this much at most. */
const MOVING_RECHECK_SECONDS = 15;
const RESTING_RECHECK_SECONDS = 600;

/**
 * Brings one instance closer to what is wanted. Takes an id and nothing else; may run twice at once, may die at any line, and
 * never retries by itself: the next activation, by nudge or by timer, is the retry.
 */
export class Reconciler {
  constructor(
    private readonly store: InstanceStore,
    private readonly placing: PlaceMachine,
    private readonly steering: SteerMachine,
    private readonly prober: Prober,
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
      const facts = await this.store.load(instanceId);
      if (!facts || signal.aborted) return null;
      trouble = facts.trouble ?? null;
      const guard = await this.guardian.current();
      const step = planNextStep(facts, guard, this.clock.now(), this.policy);
      if (step.do === 'rest') {
        await this.store.rest(facts.instance, this.restFor(facts, step.until));
        return trouble;
      }
      const taken = await this.aroundStep(instanceId, step.do, () => this.take(step, facts, guard, signal, decidedMs));
      // probes go on for as long as an instance lives: what they change is told as a status
      if (step.do !== 'probe')
        this.log.info({ instanceId, step: step.do, generation: facts.instance.generation }, 'reconcile step taken');
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
    // the step may have written: a rest is for the facts as they are now
    const facts = await this.store.load(instanceId);
    if (facts) await this.store.rest(facts.instance, this.restFor(facts, addSeconds(this.clock.now(), seconds)));
  }

  private restFor(facts: Facts, until: Date | null): Rest {
    const { instance } = facts;
    const watchClosely = needsCloseWatch(facts);
    const isOver = instance.deletedAt !== null && !watchClosely;
    const resting = RESTING_STATUSES.has(instance.toldStatus as InstanceStatus) && !watchClosely;
    const recheck = addSeconds(this.clock.now(), resting ? RESTING_RECHECK_SECONDS : MOVING_RECHECK_SECONDS);
    return { wakeAt: isOver ? null : until && until < recheck ? until : recheck, watchClosely };
  }

  private take(
    step: Exclude<Step, { do: 'rest' }>,
    facts: Facts,
    guard: Guard,
    signal: AbortSignal,
    decidedMs: number,
  ): Promise<Taken> {
    switch (step.do) {
      case 'tell':
        return this.tell(facts, step.status);
      case 'raise':
        return this.raise(facts, step.overdue);
      case 'disprove':
        return this.disprove(facts, step.disproved);
      case 'place':
        return this.placing.place(facts, guard, signal, decidedMs);
      case 'hold':
        return this.placing.hold(facts, step.waitingFor, step.detail);
      case 'doubt':
        return this.placing.doubt(facts, step.attempt);
      case 'write-off':
        return this.placing.writeOff(facts, step.attempt);
      case 'adopt':
        return this.placing.adopt(facts, step.machine);
      case 'condemn':
        return this.condemn(facts, step.machine);
      case 'act':
        return this.steering.act(facts, step.verb, step.machine, decidedMs);
      case 'release':
        return this.steering.release(facts, step.machine, step.surplus, decidedMs);
      case 'bury':
        return this.bury(facts, step.machine);
      case 'begin-run':
        return this.beginRun(facts, step.restart);
      case 'end-run':
        return this.endRun(facts);
      case 'probe':
        return this.probe(facts, step.machine, guard);
      case 'fail':
        return this.fail(facts, step.failure);
      case 'finish-delete':
        return this.finishDelete(facts);
    }
  }

  private async tell(facts: Facts, status: InstanceStatus): Promise<Taken> {
    const from = facts.instance.toldStatus;
    await commitTo(this.store, facts, RECONCILER, {
      instance: { toldStatus: status },
      events: [{ type: 'status.changed', data: { from, to: status } }],
    });
    // one that answers again after a failed probe has been ready before
    if (status === 'ready' && from !== 'unready' && from !== 'recovering') {
      this.onReady(Math.max(0, secondsBetween(facts.instance.progress.wantedAt, this.clock.now())));
    }
    return 'again';
  }

  private async raise(facts: Facts, { key, data }: Overdue): Promise<Taken> {
    const { overdueTold } = facts.instance.progress;
    await commitTo(this.store, facts, RECONCILER, {
      progress: { overdueTold: [...overdueTold, key].slice(-MOST_OVERDUE_TOLD) },
      events: [{ type: 'instance.overdue', data: { ...data, since: data.since.toISOString() } }],
    });
    return 'again';
  }

  private async disprove(facts: Facts, { machine, said, change }: Disproved): Promise<Taken> {
    const { machineId, attemptNumber } = machine;
    await commitTo(this.store, facts, RECONCILER, {
      ...change,
      events: [{ type: 'operator.disproved', data: { said, machineId, attempt: attemptNumber } }],
    });
    return 'again';
  }

  private async beginRun(facts: Facts, restart?: 'seen' | 'unseen'): Promise<Taken> {
    const { instance } = facts;
    const { action } = instance.progress;
    await commitTo(this.store, facts, RECONCILER, {
      progress: {
        restartsDone: instance.restartGeneration,
        ...(restart === 'seen' && action && { action: { ...action, unseen: 0 } }),
        readiness: beginReadiness(instance.spec.readiness, this.clock.now()),
      },
      ...(restart && {
        events: [
          {
            type: restart === 'seen' ? 'machine.restarted' : 'machine.restart_unknown',
            data: { machineId: instance.machineId },
          },
        ],
      }),
    });
    return 'again';
  }

  private async endRun(facts: Facts): Promise<Taken> {
    // readyAt stays: it tells a machine that went down from one that never came up
    const { readyAt } = facts.instance.progress.readiness;
    await commitTo(this.store, facts, RECONCILER, { progress: { readiness: { ...NO_READINESS, readyAt } } });
    return 'again';
  }

  private async probe(facts: Facts, machine: Machine, guard: Guard): Promise<Taken> {
    const { id, spec, progress } = facts.instance;
    const questions = probeTargets(spec.readiness, machine.observation.endpoints);
    const targets = questions.kind === 'targets' ? questions.targets : [];
    const answers = await Promise.all(targets.map((target) => this.prober.probe(target)));
    const results = answers.map((answer) =>
      answer.ok ? answer : { ok: false as const, why: told(answer.why, secretsOf(facts)) },
    );
    const record = (newest: Facts): Amendment | null => {
      const { readiness } = newest.instance.progress;
      // the answer belongs to the run that was asked
      if (readiness.runningSince?.getTime() !== progress.readiness.runningSince?.getTime()) return null;
      const now = this.clock.now();
      const change = {
        progress: { readiness: advanceReadiness(readiness, newest.instance.spec.readiness, results, now) },
      };
      const after = { ...newest, instance: amended(newest.instance, change) };
      // most answers change nothing but the time of the next question, and a fleet is asked all the time: one write is enough
      const next = planNextStep(after, guard, now, this.policy);
      return next.do === 'rest' ? { ...change, rest: this.restFor(after, next.until) } : change;
    };
    const recorded = await amend(this.store, id, RECONCILER, record, facts);
    return recorded?.rest ? 'rests' : 'again';
  }

  /** Decided first and done next: whoever comes after a death here goes on giving it back. */
  private async condemn(facts: Facts, machine: Machine): Promise<Taken> {
    const { machineId } = machine;
    if (!(await this.guardian.condemn(machineId))) return 'again';
    const attempt = attemptOf(facts, machine);
    const isUndecided = attempt && attempt.machineId === null;
    await commitTo(this.store, facts, RECONCILER, {
      ...(isUndecided && {
        attempts: [{ ...attempt, state: 'SUPERSEDED', machineId, decidedAt: this.clock.now() }],
      }),
      events: [{ type: 'machine.condemned', data: { machineId, attempt: machine.attemptNumber } }],
    });
    return 'again';
  }

  private async bury(facts: Facts, { machineId }: Machine): Promise<Taken> {
    const unbind = facts.instance.machineId === machineId ? { machineId: null } : {};
    await commitTo(this.store, facts, RECONCILER, {
      instance: unbind,
      buried: [machineId],
      events: [{ type: 'machine.gone', data: { machineId } }],
    });
    return 'again';
  }

  private async fail(facts: Facts, failure: Omit<Failure, 'at'>): Promise<Taken> {
    const { code, message } = failure;
    await commitTo(this.store, facts, RECONCILER, {
      progress: { failure: { ...failure, at: this.clock.now() } },
      events: [{ type: 'instance.failed', data: { code, message } }],
    });
    return 'again';
  }

  private async finishDelete(facts: Facts): Promise<Taken> {
    await commitTo(this.store, facts, RECONCILER, { instance: { deletedAt: this.clock.now() } });
    return 'again';
  }
}
