import type { Prober } from '../../outbound/probe.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import type { Machine } from '../../machines/domain/machine.js';
import { redacted } from '../../redaction/upstream-text.js';
import type { Clock } from '../../time/clock.js';
import type { Snapshot } from '../domain/instance.js';
import { planNextStep } from '../planners/plan-next-step.js';
import type { Policy } from '../domain/policy.js';
import { probeTargets, type ProbeResult } from '../domain/readiness.js';
import { restFor } from '../planners/rest-for.js';
import type { InstanceStore } from '../store/instance-store.js';
import { written, type InstanceChange } from '../transitions/instance-change.js';
import { workloadProbed } from '../transitions/step-transitions.js';
import { RECONCILER, type Taken } from '../workflow/ports.js';
import { recordOutcome } from '../workflow/write-change.js';
import { secretsOf } from './told-outcome.js';

/** Asks the workload on a machine whether it answers. */
export class ProbeWorkload {
  constructor(
    private readonly store: InstanceStore,
    private readonly prober: Prober,
    private readonly clock: Clock,
    private readonly policy: Policy,
  ) {}

  async probe(snapshot: Snapshot, machine: Machine, guard: Guard): Promise<Taken> {
    const { progress } = snapshot.instance;
    const results = await this.ask(snapshot, machine);
    const recorded = await recordOutcome(
      this.store,
      snapshot,
      RECONCILER,
      (newest) => {
        const change = workloadProbed(newest, progress.readiness.runningSince, results, this.clock.now());
        return change && this.withRest(newest, change, guard);
      },
      { known: snapshot },
    );
    return recorded?.rest ? 'rests' : 'again';
  }

  private async ask({ instance, ...snapshot }: Snapshot, { observation }: Machine): Promise<ProbeResult[]> {
    const questions = probeTargets(instance.spec.readiness, observation.endpoints);
    const targets = questions.kind === 'targets' ? questions.targets : [];
    const answers = await Promise.all(targets.map((target) => this.prober.probe(target)));
    const secrets = secretsOf({ instance, ...snapshot });
    return answers.map((answer) => (answer.ok ? answer : { ok: false, why: redacted(answer.why, secrets) }));
  }

  /** Most answers change nothing but the time of the next question, and a fleet is asked all the time: then one write is enough. */
  private withRest(snapshot: Snapshot, change: InstanceChange, guard: Guard): InstanceChange {
    const now = this.clock.now();
    const after = { ...(snapshot.base ?? snapshot), instance: written(snapshot, change).after };
    const next = planNextStep(after, guard, now, this.policy);
    return next.do === 'rest' ? { ...change, rest: restFor(after, next.until, now) } : change;
  }
}
