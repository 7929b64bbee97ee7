import fc from 'fast-check';
import type { Machine } from '../../../src/machines/domain/machine.js';
import { sortedByMachine } from './both-stores.js';
import { command } from './command.js';
import { access, index, INSTANCE_IDS, machineId, observation, secondsAgo } from './small-world.js';
import { record } from './record.js';
import type { Tally } from './tally.js';

const observed = record({
  machineId,
  index,
  attemptNumber: fc.integer({ min: 1, max: 4 }),
  /** Null: as it is known already. */
  observation: fc.option(observation, { freq: 2 }),
  access,
});

const looks = record({
  ago: secondsAgo,
  // a walk through the list shows every machine once
  observedMachines: fc.uniqueArray(observed, { maxLength: 4, selector: ({ machineId }) => machineId }),
});

const recordObservations = command('recordObservations', 16, looks, async (both, { ago, observedMachines }) => {
  const before = observedMachines.map(({ machineId }) => both.machine(machineId));
  const seen = observedMachines.flatMap(({ index, ...seen }, at) => {
    const observation = seen.observation ?? before[at]?.observation;
    return observation ? [{ ...seen, observation, instanceId: INSTANCE_IDS[both.near(index)] ?? '' }] : [];
  });
  const answer = await both.ask(
    (store) => store.recordObservations(seen, both.ago(ago)),
    (ids) => ids.toSorted(),
  );
  if (!('value' in answer) || seen.length === 0) return;
  both.tally.count(answer.value.length > 0 ? 'recordObservations: news' : 'recordObservations: no news');
  both.tally.countIf(seen.length > 1, 'recordObservations: several at once');
  for (const [at, { machineId }] of observedMachines.entries()) {
    countObservation(both.tally, before[at] ?? null, both.machine(machineId));
  }
});

const countObservation = (tally: Tally, before: Machine | null, after: Machine | null): void => {
  if (!before) tally.count(after ? 'recordObservations: first' : 'recordObservations: nobody’s');
  else if (before.goneAt) tally.count(after?.goneAt ? 'recordObservations: still gone' : 'recordObservations: risen');
  else if (before.observedAt.getTime() === after?.observedAt.getTime()) {
    tally.count('recordObservations: older than what is known');
  } else {
    const isSame = before.observation === after?.observation && before.access === after.access;
    tally.count(isSame ? 'recordObservations: unchanged' : 'recordObservations: changed');
  }
};

const oneMachine = record({ machineId, ago: secondsAgo });

const recordMissing = command('recordMissing', 8, oneMachine, async (both, { machineId, ago }) => {
  const before = both.machine(machineId);
  const answer = await both.ask((store) => store.recordMissing(machineId, both.ago(ago)));
  if (!('value' in answer)) return;
  if (answer.value) both.tally.count('recordMissing: a proof');
  else if (!before) both.tally.count('recordMissing: not ours');
  else both.tally.count(before.goneAt ? 'recordMissing: gone' : 'recordMissing: too soon or older');
});

const acknowledged = command('recordDeleteAcknowledged', 4, oneMachine, async (both, { machineId, ago }) => {
  const before = both.machine(machineId);
  await both.ask((store) => store.recordDeleteAcknowledged(machineId, both.ago(ago)));
  both.tally.countIf(!before, 'recordDeleteAcknowledged: not ours');
  both.tally.countIf(before?.releaseAcknowledgedAt === null, 'recordDeleteAcknowledged: first');
  both.tally.countIf((before?.missingProofs ?? 0) > 0, 'recordDeleteAcknowledged: proofs before it forgotten');
});

const watchedMachines = command('watchedMachines', 4, fc.constant(null), async (both) => {
  const answer = await both.ask((store) => store.watchedMachines(), sortedByMachine);
  if (!('value' in answer)) return;
  const machines = answer.value;
  both.tally.countIf(machines.length > 0, 'watchedMachines: some');
  both.tally.countIf(
    machines.some(({ lacksAccess }) => lacksAccess),
    'watchedMachines: lacks access',
  );
  both.tally.countIf(
    machines.some(({ lacksAddress }) => lacksAddress),
    'watchedMachines: lacks an address',
  );
  both.tally.countIf(
    machines.some(({ missing }) => missing),
    'watchedMachines: missing',
  );
  both.tally.countIf(
    machines.some(({ closely }) => closely),
    'watchedMachines: closely',
  );
  both.tally.countIf(
    machines.some(({ closely }) => !closely),
    'watchedMachines: not closely',
  );
});

export const observationCommands = [recordObservations, recordMissing, acknowledged, watchedMachines];
