import { addSeconds } from '../../time/clock.js';
import { isGone } from './absence.js';
import { instancePhase, type InstanceStatus } from './instance-phase.js';
import {
  boundMachine,
  openAttempts,
  type Attempt,
  type Facts,
  type Failure,
  type Machine,
  type SentAction,
} from './instance.js';
import {
  ACTION_EFFECT_SECONDS,
  CLEAN_PASSES_NEEDED,
  MAX_UNCERTAIN_ATTEMPTS,
  RELEASE_EFFECT_SECONDS,
  SENDER_MARGIN_SECONDS,
  type Policy,
} from './policy.js';
import { needsNoProbe, probeTargets } from './readiness.js';

/** The one next thing to do for an instance. A value: somebody else does it. */
export type Step =
  /** Nothing, until then (null: until something is seen or asked). */
  | { do: 'rest'; until: Date | null }
  /** Callers were told another status than the facts now give. */
  | { do: 'tell'; status: InstanceStatus }
  /** Choose an offer, record the attempt, send the create. */
  | { do: 'place' }
  /** The sender of this create is dead: its outcome is unknown. */
  | { do: 'doubt'; attempt: Attempt }
  /** This create is proved never to have come true. */
  | { do: 'write-off'; attempt: Attempt }
  /** A machine with the tag of this attempt exists, and the instance has none: it is the one. */
  | { do: 'adopt'; attempt: Attempt; machine: Machine }
  | { do: 'act'; verb: SentAction['verb']; machine: Machine }
  /** Give the machine back. */
  | { do: 'release'; machine: Machine; surplus: boolean }
  /** The machine is proved gone: stop watching it. */
  | { do: 'bury'; machine: Machine }
  /** The machine has been seen running: a new run, with a readiness of its own. */
  | { do: 'begin-run' }
  /** The machine has been seen not running any more. */
  | { do: 'end-run' }
  | { do: 'probe'; machine: Machine }
  | { do: 'fail'; failure: Omit<Failure, 'at'> }
  /** Nothing is left at Novita, and nothing can appear that we sent. */
  | { do: 'finish-delete' };

/**
 * Chooses the next step. Pure and total: same facts, same step. Promises:
 * - never places while a machine may exist or appear (a bound machine, or a create whose outcome is unknown);
 * - a delete is finished only when every machine is proved gone and no create is unaccounted for;
 * - a second machine of an instance is given back, whatever else is wanted.
 */
export const planNextStep = (facts: Facts, now: Date, policy: Policy): Step => {
  const status = instancePhase(facts);
  if (status !== facts.instance.toldStatus) return { do: 'tell', status };
  return (
    stepForStrayMachine(facts, now) ??
    stepForOpenAttempt(facts, now, policy) ??
    (facts.instance.desired === 'deleted' ? stepToDelete(facts, now) : null) ??
    (facts.instance.progress.failure ? stepForFailure(facts, now, facts.instance.progress.failure) : null) ??
    (facts.instance.desired === 'stopped' ? stepToStop(facts, now, policy) : stepToRun(facts, now, policy))
  );
};

const rest = (until: Date | null): Step => ({ do: 'rest', until });

/** A machine with our tag that the instance does not hold: either the one we were waiting for, or one too many. */
const stepForStrayMachine = (facts: Facts, now: Date): Step | null => {
  const { instance, attempts } = facts;
  const strays = facts.machines
    .filter((machine) => machine.goneAt === null && machine.machineId !== instance.machineId)
    .sort((a, b) => a.attemptNumber - b.attemptNumber);
  for (const machine of strays) {
    if (isGone(machine, now)) return { do: 'bury', machine };
    const attempt = attempts.find(({ number }) => number === machine.attemptNumber);
    if (attempt && mayAdopt(facts, attempt)) return { do: 'adopt', attempt, machine };
    const release = stepToRelease(machine, true);
    if (release.do !== 'rest') return release;
  }
  return null;
};

const mayAdopt = (facts: Facts, attempt: Attempt): boolean => {
  if (facts.instance.machineId !== null) return false;
  if (attempt.state === 'SENDING' || attempt.state === 'AMBIGUOUS') return true;
  // given up too early: still ours, and cheaper to keep than to buy again
  const wanted = facts.instance.desired !== 'deleted' && facts.instance.progress.failure === null;
  return attempt.state === 'ABSENT' && wanted && openAttempts(facts).length === 0;
};

const stepForOpenAttempt = (facts: Facts, now: Date, policy: Policy): Step | null => {
  const waits: Date[] = [];
  for (const attempt of openAttempts(facts)) {
    if (attempt.state === 'SENDING') {
      const senderDeadAt = addSeconds(attempt.sentAt, policy.requestTimeoutSeconds + SENDER_MARGIN_SECONDS);
      if (now >= senderDeadAt) return { do: 'doubt', attempt };
      waits.push(senderDeadAt);
    } else {
      const settled = now >= attempt.settleAfter;
      if (settled && attempt.cleanPasses >= CLEAN_PASSES_NEEDED) return { do: 'write-off', attempt };
      waits.push(settled ? addSeconds(now, 2) : attempt.settleAfter);
    }
  }
  // a bound machine is given back at once, also while another create is unaccounted for
  if (waits.length === 0 || facts.instance.machineId !== null) return null;
  return rest(earliest(waits));
};

const stepToDelete = (facts: Facts, now: Date): Step => {
  if (facts.instance.deletedAt) return rest(null);
  const machine = boundMachine(facts);
  if (machine && machine.goneAt === null) {
    return isGone(machine, now) ? { do: 'bury', machine } : stepToRelease(machine, false);
  }
  const left = facts.machines.some(({ goneAt }) => goneAt === null) || openAttempts(facts).length > 0;
  return left ? rest(addSeconds(now, 2)) : { do: 'finish-delete' };
};

/** Asks for the delete until it is acknowledged, and again when it shows no effect. Absence itself is proved by looks. */
const stepToRelease = (machine: Machine, surplus: boolean): Step => {
  const { releaseAcknowledgedAt: acknowledgedAt } = machine;
  if (!acknowledgedAt) return { do: 'release', machine, surplus };
  const effectBy = addSeconds(acknowledgedAt, RELEASE_EFFECT_SECONDS);
  const ignored =
    machine.observedAt > effectBy && machine.missingProofs === 0 && machine.observation.state !== 'removing';
  return ignored ? { do: 'release', machine, surplus } : rest(null);
};

const stepForFailure = (facts: Facts, now: Date, failure: Failure): Step => {
  const machine = boundMachine(facts);
  if (!machine || machine.goneAt) return rest(null);
  if (isGone(machine, now)) return { do: 'bury', machine };
  if (failure.machine === 'release') return stepToRelease(machine, false);
  return machine.observation.state === 'running' ? stepToAct(facts, machine, 'stop', now) : rest(null);
};

const stepToStop = (facts: Facts, now: Date, policy: Policy): Step => {
  const machine = boundMachine(facts);
  if (!machine || machine.goneAt) return rest(null);
  if (isGone(machine, now)) return { do: 'bury', machine };
  if (facts.instance.progress.readiness.runningSince && machine.observation.state !== 'running')
    return { do: 'end-run' };
  if (machine.observation.state === 'exited') return rest(null);
  return beforeDeadline(
    addSeconds(facts.instance.progress.wantedAt, policy.stopTimeoutSeconds),
    now,
    // Novita stops only what runs: whatever is still moving is waited for, and the looks tell when it arrives
    () => (machine.observation.state === 'running' ? stepToAct(facts, machine, 'stop', now) : rest(null)),
    () =>
      fail(
        'STOP_TIMEOUT',
        `The machine did not stop within ${policy.stopTimeoutSeconds} s (last seen: ${machine.observation.statusWord}) and may be billed. Stopping goes on; delete it to be sure.`,
        'stop',
      ),
  );
};

const stepToRun = (facts: Facts, now: Date, policy: Policy): Step => {
  const machine = boundMachine(facts);
  if (!machine) return stepToPlace(facts, now, policy);
  if (isGone(machine, now))
    return fail(
      'MACHINE_LOST',
      'The machine is gone from Novita and not by us. Start again to buy another.',
      'release',
    );
  const { observation } = machine;
  if (observation.state !== 'running' && facts.instance.progress.readiness.runningSince) return { do: 'end-run' };
  if (observation.failure && observation.state !== 'running') return failedMachine(facts, observation.failure);

  switch (observation.state) {
    case 'running':
      return stepWhileRunning(facts, machine, now, policy);
    case 'exited':
      return beforeDeadline(
        startDeadline(facts, machine, policy),
        now,
        () => stepToAct(facts, machine, 'start', now),
        () =>
          fail(
            'START_TIMEOUT',
            `The machine could not be started within ${policy.startTimeoutSeconds} s${refusalOf(facts)}. Its disk is kept: start again, or delete it.`,
            'stop',
          ),
      );
    case 'queued':
    case 'creating':
    case 'pulling':
      return beforeDeadline(provisionDeadline(facts, machine, policy), now, rest, () =>
        fail(
          'PROVISION_TIMEOUT',
          `The machine did not run within ${policy.provisionTimeoutSeconds} s (last seen: ${observation.statusWord}). It is given back; a smaller image or another region may help.`,
          'release',
        ),
      );
    case 'starting':
    case 'stopping':
    case 'migrating':
    case 'removing':
      return beforeDeadline(startDeadline(facts, machine, policy), now, rest, () =>
        fail(
          'START_TIMEOUT',
          `The machine stayed in "${observation.statusWord}" for ${policy.startTimeoutSeconds} s. Start again, or delete it.`,
          'stop',
        ),
      );
    case 'freezing':
    case 'removed':
    case 'unknown':
      return rest(null);
  }
};

const stepToPlace = ({ instance, attempts }: Facts, now: Date, policy: Policy): Step => {
  const { placement } = instance.progress;
  const uncertain = attempts.filter(({ state, sentAt }) => state === 'ABSENT' && sentAt >= placement.since);
  if (uncertain.length >= MAX_UNCERTAIN_ATTEMPTS) {
    return fail(
      'CREATE_UNCERTAIN',
      `${uncertain.length} creates in a row got no answer from Novita. Nothing is left running; start again when Novita is well.`,
      'release',
    );
  }
  const deadline = addSeconds(placement.since, policy.capacityTimeoutSeconds);
  return beforeDeadline(
    deadline,
    now,
    () =>
      placement.notBefore && placement.notBefore > now
        ? rest(earliest([placement.notBefore, deadline]))
        : { do: 'place' },
    () =>
      fail(
        'NO_CAPACITY',
        `Nothing could be bought within ${policy.capacityTimeoutSeconds} s: ${placement.detail ?? 'no offer was free'}. Start again, or ask for other regions, products or prices.`,
        'release',
      ),
  );
};

const stepWhileRunning = (facts: Facts, machine: Machine, now: Date, policy: Policy): Step => {
  const { instance } = facts;
  const { action, readiness, restartsDone } = instance.progress;
  if (instance.restartGeneration > restartsDone) {
    const arrived =
      action?.verb === 'restart' &&
      action.generation === instance.restartGeneration &&
      action.acknowledged &&
      machine.observedAt > action.sentAt;
    return arrived ? { do: 'begin-run' } : stepToAct(facts, machine, 'restart', now);
  }
  if (!readiness.runningSince) return { do: 'begin-run' };
  const { spec } = instance;
  const known = needsNoProbe(spec.readiness, machine.observation.endpoints)
    ? readiness.verdict !== 'ready'
    : probeTargets(spec.readiness, machine.observation.endpoints).kind === 'targets';
  const probeAt = known ? readiness.nextProbeAt : null;
  if (readiness.readyAt) return probeAt && probeAt <= now ? { do: 'probe', machine } : rest(probeAt);
  const deadline = addSeconds(readiness.runningSince, policy.readinessTimeoutSeconds);
  return beforeDeadline(
    deadline,
    now,
    () =>
      probeAt && probeAt <= now ? { do: 'probe', machine } : rest(earliest(probeAt ? [probeAt, deadline] : [deadline])),
    () =>
      fail(
        'READINESS_TIMEOUT',
        `The machine runs, but its workload did not answer within ${policy.readinessTimeoutSeconds} s (${readiness.lastFailure ?? 'its endpoints have no address'}). It is stopped and its disk kept: start again, or delete it.`,
        'stop',
      ),
  );
};

/** Sends the verb once, waits for its effect, and sends it again when there is none. */
const stepToAct = ({ instance }: Facts, machine: Machine, verb: SentAction['verb'], now: Date): Step => {
  const { action } = instance.progress;
  const generation = verb === 'restart' ? instance.restartGeneration : instance.generation;
  if (action?.verb !== verb || action.generation !== generation) return { do: 'act', verb, machine };
  if (!action.acknowledged) return now >= action.notBefore ? { do: 'act', verb, machine } : rest(action.notBefore);
  const effectBy = addSeconds(action.sentAt, ACTION_EFFECT_SECONDS);
  return machine.observedAt > effectBy ? { do: 'act', verb, machine } : rest(null);
};

const failedMachine = ({ instance }: Facts, failure: { code: string; message: string }): Step =>
  fail(
    'MACHINE_FAILED',
    `Novita reports ${failure.code}: ${failure.message}`,
    // a machine that has run may hold data; one that never ran holds nothing
    instance.progress.readiness.readyAt ? 'stop' : 'release',
  );

const fail = (code: Failure['code'], message: string, machine: Failure['machine']): Step => ({
  do: 'fail',
  failure: { code, message, machine },
});

const beforeDeadline = (deadline: Date, now: Date, before: (deadline: Date) => Step, after: () => Step): Step => {
  if (now >= deadline) return after();
  const step = before(deadline);
  return step.do === 'rest' ? rest(earliest(step.until ? [step.until, deadline] : [deadline])) : step;
};

const provisionDeadline = (facts: Facts, machine: Machine, policy: Policy): Date =>
  addSeconds(latest([machine.firstSeenAt, facts.instance.progress.wantedAt]), policy.provisionTimeoutSeconds);

const startDeadline = (facts: Facts, machine: Machine, policy: Policy): Date =>
  addSeconds(latest([machine.changedAt, facts.instance.progress.wantedAt]), policy.startTimeoutSeconds);

const refusalOf = ({ instance }: Facts): string => {
  const refusal = instance.progress.action?.refusal;
  return refusal ? ` (Novita: ${refusal})` : '';
};

const earliest = (times: Date[]): Date => new Date(Math.min(...times.map((time) => time.getTime())));
const latest = (times: Date[]): Date => new Date(Math.max(...times.map((time) => time.getTime())));
