import fc from 'fast-check';
import type { Attempt } from '../../../src/novita-instances/domain/instance.js';
import type { Census } from '../../../src/machines/domain/fleet-guard.js';
import { FLEET_SORTS } from '../../../src/machines/store/machine-store.js';
import type { BothStores } from './both-stores.js';
import { command } from './command.js';
import { index, INSTANCE_IDS, MACHINE_IDS, machineId, observation, secondsAgo } from './small-world.js';
import { record } from './record.js';

const make = record({
  productId: fc.constantFrom(null, '4090.16c62g'),
  productName: fc.constantFrom(null, 'RTX 4090 24GB'),
  clusterId: fc.constantFrom(null, 'us-ca-6'),
  clusterName: fc.constant(null),
  gpuNum: fc.constantFrom(null, 1),
  billingMode: fc.constantFrom(null, 'spot' as const),
  image: fc.constant('example/image:1'),
  rootfsSizeGb: fc.constantFrom(null, 60),
});

const stranger = record({
  machineId,
  name: fc.constantFrom('nvt-tag', 'somebody’s'),
  instanceId: fc.option(
    index.map((index) => INSTANCE_IDS[index] ?? ''),
    { freq: 2 },
  ),
  attemptNumber: fc.constantFrom(null, 1, 2),
  envInstanceId: fc.option(
    index.map((index) => INSTANCE_IDS[index] ?? ''),
    { freq: 2 },
  ),
  envAttemptNumber: fc.constantFrom(null, 1, 2),
  observation,
  make,
});

const seenStrangers = record({
  ago: secondsAgo,
  // a walk through the list shows every machine once; nobody records none
  strangers: fc.uniqueArray(stranger, { minLength: 1, maxLength: 4, selector: ({ machineId }) => machineId }),
});

const recordStrangers = command('recordStrangers', 6, seenStrangers, async (both, { ago, strangers }) => {
  const before = new Map((await both.memory.strangers(MACHINE_IDS)).map((known) => [known.machineId, known]));
  await both.ask((store) => store.recordStrangers(strangers, both.ago(ago)));
  for (const { machineId } of strangers) {
    const known = before.get(machineId);
    const isOlder = known !== undefined && known.lastSeenAt >= both.ago(ago);
    both.tally.countIf(!known, 'recordStrangers: first');
    both.tally.countIf(isOlder, 'recordStrangers: older than what is known');
    both.tally.countIf(known !== undefined && !isOlder, 'recordStrangers: seen again');
    both.tally.countIf(known?.ignored === true, 'recordStrangers: ignored before');
  }
});

const strangers = command('strangers', 2, fc.constant(null), async (both) => {
  const answer = await both.ask((store) => store.strangers(MACHINE_IDS));
  if ('value' in answer) both.tally.countIf(answer.value.length > 0, 'strangers: some');
});

const page = record({
  after: fc.constantFrom('', ...MACHINE_IDS),
  sorts: fc.uniqueArray(fc.constantFrom(...FLEET_SORTS)),
  limit: fc.integer({ min: 1, max: 4 }),
});

const fleetAfter = command('fleetAfter', 6, page, async (both, { after, sorts, limit }) => {
  const answer = await both.ask((store) => store.fleetAfter(after, sorts, limit));
  if (!('value' in answer)) return;
  both.tally.countIf(answer.value.length === limit, 'fleetAfter: a full page');
  both.tally.countIf(
    answer.value.some(({ instanceId }) => instanceId === null),
    'fleetAfter: strangers',
  );
  both.tally.countIf(
    answer.value.some(({ instanceId }) => instanceId !== null),
    'fleetAfter: machines of instances',
  );
});

const ignoreStranger = command('ignoreStranger', 3, machineId, async (both, machineId) => {
  const answer = await both.ask((store) => store.ignoreStranger(machineId));
  if ('value' in answer) both.tally.count(answer.value ? 'ignoreStranger: known' : 'ignoreStranger: unknown');
});

const forgetStranger = command('forgetStranger', 2, machineId, async (both, machineId) => {
  const known = await both.memory.strangers(MACHINE_IDS);
  await both.ask((store) => store.forgetStranger(machineId));
  both.tally.countIf(
    known.some((stranger) => stranger.machineId === machineId),
    'forgetStranger: known',
  );
});

const pass = record({
  ago: secondsAgo,
  seen: fc.uniqueArray(machineId),
  spacingSeconds: fc.constantFrom(0, 20, 20, 60),
});

const concludePass = command('concludePass', 10, pass, async (both, { ago, seen, spacingSeconds }) => {
  const startedAt = both.ago(ago);
  const unanswered = unansweredBefore(both, startedAt);
  const strangersBefore = await both.memory.strangers(MACHINE_IDS);
  const answer = await both.ask((store) => store.concludePass({ startedAt, seen, spacingSeconds }));
  const strangersAfter = await both.memory.strangers(MACHINE_IDS);
  for (const [instanceIndex, { number, cleanPasses }] of unanswered) {
    const after = both.snapshot(instanceIndex)?.attempts.find((attempt) => attempt.number === number);
    const isCounted = (after?.cleanPasses ?? 0) > cleanPasses;
    both.tally.count(isCounted ? 'concludePass: counted' : 'concludePass: too soon to count again');
  }
  both.tally.countIf(strangersAfter.length < strangersBefore.length, 'concludePass: strangers forgotten');
  if ('value' in answer) countCensus(both, answer.value);
});

const unansweredBefore = (both: BothStores, startedAt: Date): [number, Attempt][] =>
  INSTANCE_IDS.flatMap((_, index) =>
    (both.snapshot(index)?.attempts ?? [])
      .filter(({ state, sentAt }) => state === 'AMBIGUOUS' && sentAt < startedAt)
      .map((attempt): [number, Attempt] => [index, attempt]),
  );

const countCensus = (both: BothStores, { unknown, expected, missing }: Census): void => {
  const isOurs = ({ machineId }: { machineId: string }): boolean =>
    both.memory.allSnapshots().some(({ machines }) => machines.some((machine) => machine.machineId === machineId));
  both.tally.countIf(unknown.length > 0, 'concludePass: unknown machines');
  both.tally.countIf(unknown.some(isOurs), 'concludePass: an unrecorded machine');
  both.tally.countIf(expected > 0, 'concludePass: machines expected');
  both.tally.countIf(missing > 0, 'concludePass: machines missing');
};

export const strangerCommands = [recordStrangers, strangers, fleetAfter, ignoreStranger, forgetStranger, concludePass];
