import fc from 'fast-check';
import type { Snapshot, Instance } from '../../../src/novita-instances/domain/instance.js';
import type { Change } from '../../../src/novita-instances/store/instance-store.js';
import { newInstance } from '../../../src/novita-instances/domain/commands.js';
import { aSpec } from '../../support/snapshot-builder.js';
import { countQuota } from './tally.js';
import type { BothStores } from './both-stores.js';
import { command } from './command.js';
import {
  attemptDraft,
  attemptFrom,
  cause,
  index,
  INSTANCE_IDS,
  labels,
  machineDraft,
  machineFrom,
  machineId,
  machineIds,
  name,
  restFrom,
  resting,
  someEvents,
  STATUSES,
  type Draft,
} from './small-world.js';
import { record } from './record.js';

const rarely = <T>(value: fc.Arbitrary<T>, onceIn: number) =>
  fc.oneof({ weight: onceIn - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const change = record({
  index,
  /** Behind the stored version. */
  behind: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, -1),
  /** Beside the stored number of events: no snapshot is so wrong, but PostgreSQL would notice. */
  eventsOff: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 1),
  name: rarely(name, 5),
  status: rarely(fc.constantFrom(...STATUSES), 2),
  desired: rarely(fc.constantFrom<Instance['desired'][]>('running', 'stopped', 'deleted'), 4),
  labels: rarely(labels, 5),
  isDeleted: rarely(fc.constantFrom(true, true, false), 4),
  holds: rarely(fc.option(machineId, { freq: 4 }), 3),
  notBefore: rarely(fc.nat(60), 3),
  attempts: fc.array(attemptDraft, { maxLength: 3, size: 'small' }),
  machines: fc.array(machineDraft, { maxLength: 2 }),
  gone: machineIds,
  condemned: machineIds,
  events: someEvents,
  nudge: fc.option(fc.boolean(), { nil: undefined }),
  rest: rarely(resting, 3),
  pricePerHour: rarely(fc.constantFrom(0, 35_000, 150_000), 5),
  cause,
  /** Most commits of the service write nothing but the instance. */
  isBare: rarely(fc.constant(true), 10),
});

const commit = command('commit', 30, change, async (both, drawn) => {
  const given = { ...drawn, index: both.near(drawn.index) };
  const known = both.snapshot(given.index);
  const before = basis(both, given, known);
  const change = changeFrom(both, given, before);
  const machinesBefore = [...change.machines, ...change.condemned.map((machineId) => ({ machineId }))].map(
    ({ machineId }) => both.machine(machineId),
  );
  const answer = await both.ask((store) => store.commit(change));
  if ('rejected' in answer) {
    countQuota(both.tally, answer.rejected, 'commit');
    for (const constraint of CONSTRAINTS) {
      both.tally.countIf(answer.rejected === constraint, `commit: ${constraint}`);
    }
  } else if (!answer.value) {
    both.tally.count(known ? 'commit: stale version' : 'commit: no such instance');
  } else {
    const isKnown = machinesBefore.slice(0, change.machines.length).map((machine) => machine !== null);
    const condemnedBefore = machinesBefore.slice(change.machines.length).map((machine) => machine?.condemnedAt ?? null);
    countWritten(both, change, known, isKnown, condemnedBefore);
  }
});

const CONSTRAINTS = [
  'instances_live_name',
  'create_attempts_tag_key',
  'create_attempts_machine_id_key',
  'events_pkey',
] as const;

const basis = (
  both: BothStores,
  { index, behind, eventsOff }: Draft<typeof change>,
  known: Snapshot | null,
): Instance => {
  const instance = known?.instance ?? newInstance(INSTANCE_IDS[index] ?? '', 'nobody', aSpec(), both.now);
  const lastEventSeq = Math.max(1, instance.lastEventSeq + eventsOff);
  return { ...instance, version: instance.version - behind, lastEventSeq };
};

const changeFrom = (both: BothStores, given: Draft<typeof change>, before: Instance) => {
  const { now } = both;
  const { placement } = before.progress;
  const after: Instance = {
    ...before,
    name: given.name ?? before.name,
    toldStatus: given.status ?? before.toldStatus,
    desired: given.desired ?? before.desired,
    spec: { ...before.spec, labels: given.labels ?? before.spec.labels },
    deletedAt: given.isDeleted === undefined ? before.deletedAt : given.isDeleted ? now : null,
    machineId: given.holds === undefined ? before.machineId : given.holds,
    progress:
      given.notBefore === undefined
        ? before.progress
        : { ...before.progress, placement: { ...placement, notBefore: both.ago(-given.notBefore) } },
    // of no effect: neither is the caller's to say
    createdAt: both.ago(1),
    updatedAt: both.ago(2),
  };
  if (given.isBare)
    return { before, after, attempts: [], machines: [], gone: [], condemned: [], events: [], ...given.cause };
  return {
    before,
    after,
    attempts: given.attempts.map((draft) => attemptFrom(draft, now, given.index)),
    machines: given.machines.map((draft) => machineFrom(draft, now)),
    gone: given.gone,
    condemned: given.condemned,
    events: given.events,
    ...given.cause,
    ...(given.nudge !== undefined && { nudge: given.nudge }),
    ...(given.pricePerHour !== undefined && { pricePerHour: given.pricePerHour }),
    ...(given.rest && { rest: restFrom(given.rest, now) }),
  } satisfies Change;
};

const countWritten = (
  { tally }: BothStores,
  { attempts, machines, gone, condemned, events, nudge, rest }: Change,
  known: Snapshot | null,
  machinesKnown: boolean[],
  condemnedBefore: (Date | null)[],
): void => {
  tally.count('commit: written');
  for (const { number } of attempts ?? []) {
    const old = known?.attempts.find((attempt) => attempt.number === number);
    tally.count(old ? 'commit: attempt overwritten' : 'commit: attempt inserted');
    tally.countIf((old?.cleanPasses ?? 0) > 0, 'commit: attempt overwritten that a pass had counted');
  }
  for (const isKnown of machinesKnown) {
    tally.count(isKnown ? 'commit: machine known already' : 'commit: machine inserted');
  }
  for (const at of condemnedBefore) tally.count(at ? 'commit: condemned again' : 'commit: condemned');
  tally.countIf((gone?.length ?? 0) > 0, 'commit: gone');
  const parts = [attempts, machines, gone, condemned, events].some((part) => part?.length);
  tally.countIf(!parts && !nudge, 'commit: nothing but the instance');
  tally.countIf(nudge === true, 'commit: nudged');
  tally.countIf(rest !== undefined, nudge ? 'commit: nudged and rested' : 'commit: rested');
};

export const commitCommands = [commit];
