import fc from 'fast-check';
import type { Snapshot } from '../../../src/novita-instances/domain/instance.js';
import type { InstancePage } from '../../../src/novita-instances/store/instance-store.js';
import { normalEvents, normalSnapshot } from './both-stores.js';
import { command } from './command.js';
import {
  index,
  INSTANCE_IDS,
  labels,
  machineId,
  name,
  NAMES,
  region,
  secondsAgo,
  STATUSES,
  within,
} from './small-world.js';
import { record } from './record.js';

const normalOrNull = (snapshot: Snapshot | null): unknown => snapshot && normalSnapshot(snapshot);
const page = ({ snapshots, hasMore }: InstancePage): unknown => ({ snapshots: snapshots.map(normalSnapshot), hasMore });

const load = command('load', 3, index, async (both, index) => {
  const answer = await both.ask((store) => store.load(INSTANCE_IDS[index] ?? ''), normalOrNull);
  if ('value' in answer) both.tally.count(answer.value ? 'load: found' : 'load: nothing');
});

const search = record({ idOrName: fc.constantFrom(...INSTANCE_IDS, ...NAMES), within });
const find = command('find', 8, search, async (both, { idOrName, within }) => {
  const answer = await both.ask((store) => store.find(idOrName, within), normalOrNull);
  if (!('value' in answer)) return;
  const { instance } = answer.value ?? {};
  const isById = instance?.id === idOrName;
  const isAlsoNamed = both.memory
    .allSnapshots()
    .some((other) => other.instance.name === idOrName && other.instance.id !== idOrName && !other.instance.deletedAt);
  const byId = both.snapshot(INSTANCE_IDS.indexOf(idOrName));
  both.tally.countIf(!instance && byId !== null, 'find: of another project');
  both.tally.countIf(!instance, 'find: nothing');
  both.tally.countIf(isById, 'find: by id');
  both.tally.countIf(isById && instance.deletedAt !== null, 'find: deleted, by id');
  both.tally.countIf(isById && isAlsoNamed, 'find: the id before the name');
  both.tally.countIf(instance !== undefined && !isById, 'find: by name');
});

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const query = record({
  within,
  status: optional(fc.uniqueArray(fc.constantFrom(...STATUSES), { minLength: 1, maxLength: 3 })),
  name: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: name }),
  region: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: region }),
  labels: optional(labels),
  beforeId: optional(fc.constantFrom(...INSTANCE_IDS)),
  limit: fc.constantFrom(1, 2, 3, 50),
});

const list = command('list', 6, query, async (both, { within, status, name, region, labels, beforeId, limit }) => {
  // left out, and not undefined: as the API asks
  const given = {
    within,
    ...(status && { status }),
    ...(name !== undefined && { name }),
    ...(region !== undefined && { region }),
    ...(labels && { labels }),
    ...(beforeId !== undefined && { beforeId }),
    limit,
  };
  const answer = await both.ask((store) => store.list(given), page);
  if (!('value' in answer)) return;
  const isSome = answer.value.snapshots.length > 0;
  both.tally.count(isSome ? 'list: some' : 'list: none');
  both.tally.countIf(answer.value.snapshots.length === limit, 'list: cut at the limit');
  both.tally.countIf(
    answer.value.snapshots.some(({ instance }) => instance.deletedAt !== null),
    'list: with deleted ones',
  );
  both.tally.countIf(isSome && status !== undefined, 'list: by status');
  both.tally.countIf(isSome && name !== undefined, 'list: by name');
  both.tally.countIf(isSome && within !== null, 'list: of a project');
  both.tally.countIf(isSome && region !== undefined, 'list: by region');
  both.tally.countIf(isSome && labels !== undefined && Object.keys(labels).length > 0, 'list: by labels');
  both.tally.countIf(isSome && beforeId !== undefined, 'list: after an id');
});

const eventsAfter = record({ index, afterSeq: fc.nat(8), limit: fc.constantFrom(1, 2, 50) });
const events = command('events', 3, eventsAfter, async (both, { index, afterSeq, limit }) => {
  const answer = await both.ask(
    (store) => store.events(INSTANCE_IDS[both.near(index)] ?? '', afterSeq, limit),
    normalEvents,
  );
  if (!('value' in answer)) return;
  both.tally.count(answer.value.length > 0 ? 'events: some' : 'events: none');
  both.tally.countIf(answer.value.length === limit, 'events: cut at the limit');
});

const eventFilter = record({
  within,
  types: optional(
    fc.uniqueArray(fc.constantFrom('placement.declared_absent', 'machine.gone', 'fleet.frozen'), { minLength: 1 }),
  ),
  subjectId: optional(fc.constantFrom(...INSTANCE_IDS, 'fleet')),
  actor: optional(fc.constantFrom('caller', 'operator', 'reconciler', 'policy:fleet-guard')),
  limit: fc.constantFrom(1, 2, 50),
});

const eventsByCursor = command(
  'eventsByCursor',
  3,
  eventFilter,
  async (both, { within, types, subjectId, actor, limit }) => {
    const filter = { within, ...(types && { types }), ...(subjectId && { subjectId }), ...(actor && { actor }), limit };
    const found = await both.followEvents(filter);
    both.tally.count(found.length > 0 ? 'eventsByCursor: some' : 'eventsByCursor: none');
    both.tally.countIf(found.length > limit, 'eventsByCursor: over several pages');
    both.tally.countIf(found.length > 0 && types !== undefined && types.length > 1, 'eventsByCursor: by types');
    both.tally.countIf(found.length > 0 && subjectId !== undefined, 'eventsByCursor: by subject');
    both.tally.countIf(found.length > 0 && within !== null, 'eventsByCursor: of a project');
    both.tally.countIf(found.length > 0 && actor !== undefined, 'eventsByCursor: by actor');
    both.tally.countIf(
      found.some(({ subject }) => subject.kind === 'fleet'),
      'eventsByCursor: of the fleet',
    );
  },
);

const countOpenAttempts = command('countOpenAttempts', 3, secondsAgo, async (both, ago) => {
  const answer = await both.ask((store) => store.countOpenAttempts(both.ago(ago)));
  if ('value' in answer) both.tally.count(answer.value > 0 ? 'countOpenAttempts: some' : 'countOpenAttempts: none');
});

const sortedMap = (map: Map<string, string>): unknown => [...map].sort();

const ownersOf = command('ownersOf', 2, fc.uniqueArray(machineId), async (both, ids) => {
  const answer = await both.ask((store) => store.ownersOf(ids), sortedMap);
  if ('value' in answer) both.tally.countIf(answer.value.size > 0, 'ownersOf: some');
});

const knownInstances = command('knownInstances', 2, fc.uniqueArray(index), async (both, indexes) => {
  const ids = indexes.map((index) => INSTANCE_IDS[index] ?? '');
  const answer = await both.ask((store) => store.knownInstances(ids));
  if ('value' in answer) both.tally.countIf(answer.value.size > 0, 'knownInstances: some');
});

const loadAll = command('loadAll', 2, fc.uniqueArray(index), async (both, indexes) => {
  const ids = indexes.map((index) => INSTANCE_IDS[index] ?? '');
  const answer = await both.ask(
    (store) => store.loadAll(ids),
    (snapshot) => snapshot.map(normalSnapshot).sort((a, b) => (a.instance.id < b.instance.id ? -1 : 1)),
  );
  if ('value' in answer) both.tally.countIf(answer.value.length > 0, 'loadAll: some');
});

export const readCommands = [
  load,
  loadAll,
  find,
  list,
  events,
  eventsByCursor,
  countOpenAttempts,
  ownersOf,
  knownInstances,
];
