import type { AttemptState } from '../../../src/vocabulary/attempt-state.js';
import fc from 'fast-check';
import type { Access, Machine, MachineState, Observation } from '../../../src/machines/domain/machine.js';
import type { Attempt } from '../../../src/novita-instances/domain/instance.js';
import type { EventDraft } from '../../../src/events/event-catalogue.js';
import type { Cause } from '../../../src/vocabulary/principal.js';
import type { Rest } from '../../../src/novita-instances/transitions/instance-change.js';
import { DEFAULT_PROJECT_ID, type Within } from '../../../src/vocabulary/project.js';
import { addSeconds } from '../../../src/time/clock.js';
import { aMachine, anAttempt, INSTANCE_ID } from '../../support/snapshot-builder.js';
import { record } from './record.js';

/** A world so small that everything clashes with everything before long. */

const numbered = (count: number, name: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => name(index));

/** Made a millisecond apart, as their ids say. */
export const INSTANCE_IDS = numbered(10, (index) => INSTANCE_ID.replace('JJZ00N', `JJZ0${index}N`));
/** The last one looks like an id. */
export const NAMES = [...numbered(6, (index) => `name-${index}`), INSTANCE_IDS[1] ?? ''];
export const MACHINE_IDS = numbered(8, (index) => `m${index}`);
export const STATUSES = ['pending', 'running', 'stopped', 'deleted'];
export const REGIONS = ['us-ca-6', 'eu-1'];
export const LABELS: Record<string, string>[] = [{}, { team: 'a' }, { team: 'b' }, { team: 'a', tier: 'x' }];

export const OTHER_PROJECT_ID = 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RV';
export const projectId = fc.constantFrom(DEFAULT_PROJECT_ID, DEFAULT_PROJECT_ID, OTHER_PROJECT_ID);
export const within = fc.constantFrom<Within[]>(null, null, null, DEFAULT_PROJECT_ID, OTHER_PROJECT_ID);
export const index = fc.nat(INSTANCE_IDS.length - 1);
export const name = fc.constantFrom(...NAMES);
export const machineId = fc.constantFrom(...MACHINE_IDS);
export const machineIds = fc.uniqueArray(machineId, { maxLength: 2 });
export const region = fc.constantFrom(...REGIONS);
export const labels = fc.constantFrom(...LABELS);
export const resting = record({ wakeIn: fc.option(fc.nat(60)), watchClosely: fc.boolean() });
export const claim = record({
  caller: fc.constantFrom('somebody', 'somebody else'),
  key: fc.constantFrom('k1', 'k2', 'k3'),
  fingerprint: fc.constantFrom('same', 'same', 'other'),
  earlierFingerprint: fc.constantFrom('earlier', 'same', 'other'),
});

export const cause = fc.constantFrom<Cause[]>(
  { actor: 'caller', requestId: 'r1' },
  { actor: 'operator', requestId: null },
  { actor: 'reconciler', requestId: null },
);

/** Around every border that the stores know: 1.5, 30, 60, 300 and 600 seconds. */
export const secondsAgo = fc.constantFrom(0, 0, 0, 0.001, 1, 5, 31, 61, 299, 301, 601);

const drafts = (minLength: number) =>
  fc.array(
    fc.oneof(
      fc.nat(9).map((attempt): EventDraft => ({ type: 'placement.declared_absent', data: { attempt } })),
      machineId.map((machineId): EventDraft => ({ type: 'machine.gone', data: { machineId } })),
    ),
    { minLength, maxLength: 3 },
  );
export const someEvents = drafts(0);
export const events = drafts(1);

const state = fc.constantFrom<MachineState[]>(
  'running',
  'running',
  'running',
  'creating',
  'exited',
  'removing',
  'removed',
);
const endpoints = fc.constantFrom<Observation['endpoints'][]>(
  [],
  [{ port: 8188, protocol: 'http', address: null }],
  [{ port: 8188, protocol: 'http', address: 'http://127.0.0.1:9' }],
  [
    { port: 8188, protocol: 'http', address: 'http://127.0.0.1:8' },
    { port: 22, protocol: 'tcp', address: null },
  ],
);
export const observation: fc.Arbitrary<Observation> = record({
  state,
  statusWord: fc.constant('word'),
  failure: fc.constantFrom(null, null, { code: 'oom', message: 'out of memory' }),
  endpoints,
  startedAt: fc.constantFrom(null, null, '2026-01-01T00:00:00.000Z', '2026-01-01T00:05:00.000Z'),
  spot: fc.constantFrom<Observation['spot'][]>(null, null, { state: 'notified', reclaimAt: null }),
});

export const access = fc.constantFrom<(Access | null)[]>(
  null,
  { sshCommand: 'ssh a', sshPassword: 'a', webTerminal: null, jupyterUrl: null },
  {
    sshCommand: null,
    sshPassword: null,
    webTerminal: { address: 'wss://b', username: 'root', password: 'b' },
    jupyterUrl: 'https://b',
  },
);

export type Draft<A> = A extends fc.Arbitrary<infer T> ? T : never;

const attemptState = fc.constantFrom<AttemptState[]>(
  'SENDING',
  'AMBIGUOUS',
  'AMBIGUOUS',
  'ACCEPTED',
  'REJECTED',
  'ABSENT',
);
const attemptNumber = fc.integer({ min: 1, max: 3 });

export const attemptDraft = record({
  number: attemptNumber,
  /** Null: its own; else that of an instance and a number. */
  foreignTag: fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(5), attemptNumber) },
  ),
  state: attemptState,
  machineId: fc.option(machineId, { freq: 2 }),
  regionId: region,
  sentAgo: secondsAgo,
  isDecided: fc.boolean(),
  cleanPasses: fc.nat(9),
});

export const attemptFrom = (draft: Draft<typeof attemptDraft>, now: Date, index: number): Attempt => {
  const { foreignTag, regionId, sentAgo, isDecided, ...rest } = draft;
  const [owner, number] = foreignTag ?? [index, rest.number];
  const plain = anAttempt();
  return {
    ...plain,
    ...rest,
    tag: `tag-${owner}-${number}`,
    offer: { ...plain.offer, regionId },
    sentAt: addSeconds(now, -sentAgo),
    settleAfter: addSeconds(now, 120 - sentAgo),
    decidedAt: isDecided ? now : null,
  };
};

export const machineDraft = record({
  machineId,
  // one more than there are attempts: its create is not on record
  attemptNumber: fc.integer({ min: 1, max: 4 }),
  observation,
  access,
  seenAgo: secondsAgo,
  firstSeenAgo: secondsAgo,
  missingProofs: fc.constantFrom(0, 0, 1),
  isAcknowledged: fc.constantFrom(false, false, true),
  isGone: fc.constantFrom(false, false, false, true),
});

export const machineFrom = (draft: Draft<typeof machineDraft>, now: Date): Machine => {
  const { seenAgo, firstSeenAgo, isAcknowledged, isGone, ...rest } = draft;
  return {
    ...aMachine('running'),
    ...rest,
    observedAt: addSeconds(now, -seenAgo),
    changedAt: addSeconds(now, -firstSeenAgo),
    firstSeenAt: addSeconds(now, -firstSeenAgo),
    lastMissingAt: rest.missingProofs > 0 ? addSeconds(now, -seenAgo) : null,
    releaseAcknowledgedAt: isAcknowledged ? now : null,
    goneAt: isGone ? now : null,
  };
};

export const restFrom = ({ wakeIn, watchClosely }: Draft<typeof resting>, now: Date): Rest => ({
  wakeAt: wakeIn === null ? null : addSeconds(now, wakeIn),
  watchClosely,
});
