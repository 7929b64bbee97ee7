import { ATTEMPT_STATES, type AttemptState } from '../../src/vocabulary/attempt-state.js';
import type { FailureCode } from '../../src/vocabulary/failure-code.js';
import { ON_FAILURE, ON_START_FAILURE } from '../../src/vocabulary/on-failure.js';
import fc from 'fast-check';
import type { Guard } from '../../src/machines/domain/fleet-guard.js';
import { FREEZE_REASONS } from '../../src/machines/domain/fleet-guard.js';
import { joined } from '../../src/time/held-up.js';
import { addSeconds } from '../../src/time/clock.js';
import type { Snapshot } from '../../src/novita-instances/domain/instance.js';
import type { Endpoint, MachineState } from '../../src/machines/domain/machine.js';
import type { SpecUpdate } from '../../src/novita-instances/domain/spec-update-progress.js';
import { NO_READINESS } from '../../src/novita-instances/domain/progress.js';
import type { Policy } from '../../src/novita-instances/domain/policy.js';
import { aMachine, anAttempt, anInstance, aSpec, at, OPEN, POLICY, T0, told } from './snapshot-builder.js';

/**
 * Snapshots as the tables allow them, likely or not: any machines by any attempts, recorded or lost, wanted or not. Numbers come from
 * a small world, so that ids meet and times fall on both sides of every deadline.
 */
const MACHINE_STATES = [
  'queued',
  'creating',
  'pulling',
  'starting',
  'running',
  'stopping',
  'exited',
  'migrating',
  'freezing',
  'removing',
  'removed',
  'unknown',
] as const satisfies readonly MachineState[];
const OPEN_STATES: ReadonlySet<AttemptState> = new Set(['SENDING', 'AMBIGUOUS']);
const FAILURE_CODES = [
  'NO_CAPACITY',
  'CREATE_UNCERTAIN',
  'START_TIMEOUT',
  'MACHINE_LOST',
] as const satisfies readonly FailureCode[];
const MACHINE_IDS = ['m1', 'm2', 'm3'] as const;
const TROUBLES = [
  ...Array.from({ length: 5 }, () => ({ code: 'oom', message: 'out of memory' })),
  { code: 'PullImageFailed', message: 'manifest unknown' },
];

export const someTime = fc.integer({ min: 0, max: 4_000 }).map(at);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { freq: 2 });
/** Mostly no, as in life: what is rarely so would hide everything else behind it. */
const seldom = fc.integer({ min: 0, max: 4 }).map((dice) => dice === 0);

const machine = fc
  .record({
    machineId: fc.constantFrom(...MACHINE_IDS),
    attemptNumber: fc.integer({ min: 1, max: 3 }),
    state: fc.oneof(fc.constant('running' as const), fc.constantFrom(...MACHINE_STATES)),
    trouble: fc.constantFrom(...Array.from({ length: 12 }, () => null), ...TROUBLES),
    addressed: fc.boolean(),
    observedAt: someTime,
    changedAt: someTime,
    firstSeenAt: someTime,
    missingProofs: fc.constantFrom(0, 0, 0, 0, 1, 2),
    ranAt: maybe(someTime),
    condemnedAt: maybe(someTime),
    releaseAcknowledgedAt: maybe(someTime),
    goneAt: maybe(someTime),
  })
  .map(({ state, trouble, addressed, ...rest }) => {
    const { observation } = aMachine(addressed ? 'running' : state);
    return aMachine(state, {
      ...rest,
      observation: { ...observation, state, statusWord: state, failure: trouble },
    });
  });

const attempt = fc
  .record({
    number: fc.integer({ min: 1, max: 3 }),
    state: fc.oneof(fc.constant('ACCEPTED' as const), fc.constantFrom(...ATTEMPT_STATES)),
    machineId: maybe(fc.constantFrom(...MACHINE_IDS)),
    sentAt: someTime,
    settleSeconds: fc.constantFrom(0, 120),
    cleanPasses: fc.integer({ min: 0, max: 4 }),
    lastCleanPassAt: maybe(someTime),
  })
  .map(({ settleSeconds, ...rest }) =>
    anAttempt({
      ...rest,
      tag: `tag-${rest.number}`,
      settleAfter: new Date(rest.sentAt.getTime() + settleSeconds * 1000),
    }),
  );

const action = fc
  .record({
    verb: fc.constantFrom('start' as const, 'stop' as const, 'restart' as const, 'migrate' as const),
    generation: fc.integer({ min: 1, max: 2 }),
    sentAt: someTime,
    acknowledged: fc.boolean(),
    acknowledgements: fc.integer({ min: 0, max: 6 }),
    isPassing: fc.boolean(),
    doubtful: fc.boolean(),
    unseen: fc.integer({ min: 1, max: 3 }),
    before: fc.option(
      fc.record({ changedAt: someTime, startedAt: fc.constant(null), endpoints: fc.constant<Endpoint[]>([]) }),
    ),
    notBefore: someTime,
  })
  .map((sent) => ({
    ...sent,
    tries: sent.acknowledgements + 1,
    refusal: sent.acknowledged ? null : 'INSUFFICIENT_RESOURCE',
  }));

const spans = fc
  .array(fc.record({ from: someTime, seconds: fc.integer({ min: 0, max: 1_000 }) }), { maxLength: 3 })
  .map((some) => joined(some.map(({ from, seconds }) => ({ from, to: addSeconds(from, seconds) }))));

const failure = fc
  .record({ code: fc.constantFrom(...FAILURE_CODES), machine: fc.constantFrom('stop' as const, 'release' as const) })
  .map((why) => ({ ...why, message: 'x', at: T0 }));

const delay = fc.record({ why: fc.constantFrom('back-off' as const, 'hourly-cap' as const), until: someTime });
const recovery = fc.record({
  begun: fc.array(someTime, { maxLength: 4 }).map((times) => times.toSorted((a, b) => a.getTime() - b.getTime())),
  inVain: fc.integer({ min: 0, max: 6 }),
  failedAt: maybe(someTime),
});
const broken = fc
  .record({
    machineId: fc.constantFrom(...MACHINE_IDS),
    code: fc.constantFrom('MACHINE_FAILED' as const, 'READINESS_TIMEOUT' as const, 'START_REFUSED' as const),
    delay: maybe(delay),
  })
  .map((why) => ({ ...why, message: 'x', at: T0 }));

const readiness = fc
  .record({
    verdict: fc.constantFrom('unknown' as const, 'ready' as const, 'unready' as const),
    runningSince: maybe(someTime),
    readyAt: maybe(someTime),
    nextProbeAt: maybe(someTime),
  })
  .map((progress) => ({ ...NO_READINESS, ...progress }));

const sentChange = fc
  .record({
    verb: fc.constantFrom('edit' as const, 'upgrade' as const),
    machineId: fc.constantFrom(...MACHINE_IDS),
    sentAt: someTime,
    acknowledged: fc.boolean(),
    doubtful: fc.boolean(),
    unseen: fc.integer({ min: 0, max: 3 }),
    notBefore: someTime,
  })
  .map((sent) => ({ ...sent, firstAt: sent.sentAt, tries: sent.unseen + 1, refusal: null }));

const update: fc.Arbitrary<SpecUpdate> = fc
  .record({
    strategy: fc.constantFrom('inPlace' as const, 'replace' as const),
    state: fc.constantFrom('pending' as const, 'pending' as const, 'applied' as const, 'failed' as const),
    isSettled: fc.boolean(),
    isTouched: fc.boolean(),
    firstAttempt: fc.integer({ min: 1, max: 4 }),
    since: someTime,
    sent: maybe(sentChange),
    doubtUntil: maybe(someTime),
  })
  .map(({ state, isSettled, ...rest }) => ({
    ...rest,
    state,
    generation: 2,
    fields: ['image'],
    endedAt: state === 'pending' ? null : T0,
    isSettled: state === 'applied' || (state === 'failed' && isSettled),
    before: null,
    failure: null,
  }));

export const someSnapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    desired: fc.constantFrom('running' as const, 'running' as const, 'stopped' as const, 'deleted' as const),
    orderly: fc.boolean(),
    over: seldom,
    untold: seldom,
    wantedAt: someTime,
    bound: fc.option(fc.constantFrom('m1' as const, ...MACHINE_IDS), { freq: 3 }),
    machines: fc.uniqueArray(machine, { selector: ({ machineId }) => machineId, maxLength: 3 }),
    attempts: fc.uniqueArray(attempt, { selector: ({ number }) => number, maxLength: 3 }),
    restart: seldom,
    action: maybe(action),
    failure: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: failure }),
    readiness,
    heldUp: spans,
    heldSince: maybe(someTime),
    notBefore: maybe(someTime),
    refusedUntil: maybe(someTime),
    onStartFailure: fc.constantFrom(...ON_START_FAILURE),
    onFailure: fc.constantFrom(...ON_FAILURE),
    broken: maybe(broken),
    recovery: maybe(recovery),
    unpullable: seldom,
    update: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: update }),
  })
  .map((one) => {
    const { placement } = anInstance().progress;
    const { orderly } = one;
    // a machine is judged broken while it should run
    const isBroken = orderly && one.broken !== null;
    const desired = isBroken ? 'running' : one.desired;
    // as on most days: the machine that is held, and no question open
    const machines = orderly ? one.machines.slice(0, 1).map((held) => ({ ...held, goneAt: null })) : one.machines;
    const bound = orderly && one.bound !== null ? machines[0]?.machineId : one.bound;
    const attempts = orderly ? one.attempts.filter(({ state }) => !OPEN_STATES.has(state)) : one.attempts;
    const instance = anInstance(
      {
        desired,
        spec: aSpec({ onStartFailure: one.onStartFailure, onFailure: one.onFailure }),
        generation: 2,
        restartGeneration: one.restart ? 1 : 0,
        update: one.update,
        deletedAt: desired === 'deleted' && one.over ? one.wantedAt : null,
        // a machine is bound in the transaction that writes it down
        machineId: machines.find(({ machineId }) => machineId === bound)?.machineId ?? null,
      },
      {
        wantedAt: one.wantedAt,
        action: one.action,
        failure: isBroken ? null : one.failure,
        // as on most days: of the machine that is held
        broken: one.broken && (orderly && bound ? { ...one.broken, machineId: bound } : one.broken),
        recovery: one.recovery,
        unpullable: one.unpullable ? 'x' : null,
        readiness: one.readiness,
        heldUp: one.heldUp,
        placement: { ...placement, since: one.wantedAt, notBefore: one.notBefore, heldSince: one.heldSince },
        releases: one.refusedUntil
          ? { m1: { since: T0, tries: 1, notBefore: one.refusedUntil, outcome: 'ambiguous', said: null } }
          : {},
      },
    );
    const snapshot: Snapshot = { instance, machines, attempts };
    return one.untold ? snapshot : told(snapshot);
  });

const freeze = fc
  .record({ at: someTime, why: fc.constantFrom(...FREEZE_REASONS) })
  .map((frozen) => ({ ...frozen, detail: 'x' }));
const createsPaused = someTime.map((until) => ({
  until,
  waitingFor: 'balance' as const,
  detail: 'top up',
  tries: 1,
}));

/** Half of them hold nothing. */
export const someGuard: fc.Arbitrary<Guard> = fc.oneof(
  fc.constant(OPEN),
  fc.record({
    epoch: fc.nat(9),
    verifiedAt: maybe(someTime),
    distrustedAt: maybe(someTime),
    trouble: maybe(fc.constant('list-machines: HTTP 500')),
    frozen: maybe(freeze),
    createsPaused: maybe(createsPaused),
    resumedAt: maybe(someTime),
    sight: fc.record({ seenAt: maybe(someTime), blindSince: maybe(someTime), held: spans }),
  }),
);

export const somePolicy: fc.Arbitrary<Policy> = maybe(someTime).map((reportOnlyUntil) => ({
  ...POLICY,
  reportOnlyUntil,
}));
