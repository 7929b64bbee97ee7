import type { JournalEntry } from '../novita-simulator/journal.js';
import type { LedgerEntry } from '../novita-simulator/ledger.js';
import type { LoggedRequest } from '../novita-simulator/request-log.js';
import { attemptNumberOf, byInstance, instanceOf, isLive } from './books.js';
import { idOf, type Order, type SeenEvent, type SeenInstance, type Verb } from './orders.js';
import type { Death } from './replica.js';
import { SETTLE_SECONDS } from './service-environment.js';
import { unsettled } from './settled.js';

/** Everything seen from outside: what callers were told, and what is true at Novita. */
export interface Evidence {
  orders: readonly Order[];
  instances: readonly SeenInstance[];
  events: ReadonlyMap<string, readonly SeenEvent[]>;
  ledger: readonly LedgerEntry[];
  journal: readonly JournalEntry[];
  requests: readonly LoggedRequest[];
  foreignIds: readonly string[];
  deaths: readonly Death[];
}

/** The laws, in the words in which violations are counted. */
export const LAWS = [
  'leaked',
  'doubled',
  'lost deletes',
  'lost creates',
  'lost commands',
  'events out of sequence',
  'false statuses',
  'foreign machines touched',
  'billed after deleted',
  'bought without a record',
  'failed without a cause',
  'surprising answers',
  'services that died by themselves',
  'books that disagree',
] as const;

type Law = (typeof LAWS)[number];

export interface Violation {
  law: Law;
  what: string;
}

/** Compares what callers were told with what is true. Pure. */
export const judge = (evidence: Evidence): Violation[] => {
  const { orders, instances, ledger, deaths } = evidence;
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const found = (law: Law, sentences: readonly string[]): Violation[] => sentences.map((what) => ({ law, what }));
  return [
    ...found('leaked', leaked(ledger, byId)),
    ...found('doubled', doubled(ledger)),
    ...found(
      'lost deletes',
      orders.flatMap((order) => lostDelete(order, byId, ledger)),
    ),
    ...found('lost creates', lostCreates(orders, instances)),
    ...found(
      'lost commands',
      orders.flatMap((order) => lostCommand(order, byId)),
    ),
    ...found(
      'events out of sequence',
      instances.flatMap((instance) => badEvents(instance, evidence.events.get(instance.id) ?? [])),
    ),
    ...found('false statuses', unsettled(instances, ledger)),
    ...found('foreign machines touched', touched(evidence)),
    ...found('billed after deleted', billedAfterDeleted(evidence)),
    ...found('bought without a record', unrecorded(ledger, byId)),
    ...found('failed without a cause', failedWithoutCause(instances)),
    ...found(
      'surprising answers',
      orders.flatMap(({ surprises }) => surprises),
    ),
    ...found(
      'services that died by themselves',
      deaths
        .filter(({ hadServed }) => hadServed)
        .map(({ replica, code, signal, at }) => `replica ${replica} at ${at.toISOString()}: ${signal ?? code ?? '?'}`),
    ),
    ...found('books that disagree', disagreeing(evidence)),
  ];
};

const leaked = (ledger: readonly LedgerEntry[], byId: ReadonlyMap<string, SeenInstance>): string[] =>
  ledger
    .filter((machine) => !machine.foreign && isLive(machine))
    .filter((machine) => byId.get(instanceOf(machine) ?? '')?.machine?.id !== machine.machineId)
    .map(({ machineId, name, status }) => `machine ${machineId} (${name}) is ${status}, and nobody's`);

const doubled = (ledger: readonly LedgerEntry[]): string[] =>
  [...byInstance(ledger)]
    .map(([id, machines]) => [id, machines.filter(isLive)] as const)
    .filter(([, live]) => live.length > 1)
    .map(([id, live]) => `${id} has ${live.map(({ machineId }) => machineId).join(' and ')}`);

const lostDelete = (
  order: Order,
  byId: ReadonlyMap<string, SeenInstance>,
  ledger: readonly LedgerEntry[],
): string[] => {
  if (!order.deletePromised) return [];
  const id = idOf(order) ?? '';
  const status = byId.get(id)?.status ?? 'unknown';
  const live = (byInstance(ledger).get(id) ?? []).filter(isLive);
  return status === 'deleted' && live.length === 0
    ? []
    : [`${id}: its delete was promised, and it is ${status} with ${live.length} live machines`];
};

const lostCreates = (orders: readonly Order[], instances: readonly SeenInstance[]): string[] => {
  const ordered = new Set(orders.map(({ key }) => key));
  const ofKey = (key: string): SeenInstance[] => instances.filter(({ labels }) => labels['key'] === key);
  const lost = orders.flatMap(({ key, ids }) => {
    if (ids.size !== 1) return [`${key} was answered with ${ids.size} instances: ${[...ids].join(', ')}`];
    const kept = ofKey(key).map(({ id }) => id);
    return kept.length === 1 && kept[0] !== undefined && ids.has(kept[0])
      ? []
      : [`${key} was promised as ${[...ids].join()}, and is there as ${kept.join(', ') || 'nothing'}`];
  });
  const strange = instances.filter(({ labels }) => !ordered.has(labels['key'] ?? ''));
  return [...lost, ...strange.map(({ id }) => `${id} was ordered by nobody`)];
};

/** Judges only orders whose last command is certain: without a rival caller, and without a lost answer. */
const lostCommand = (order: Order, byId: ReadonlyMap<string, SeenInstance>): string[] => {
  const { lastCommand, lateCommands, deletePromised } = order;
  if (lastCommand === null || deletePromised) return [];
  const others: Verb[] = lastCommand === 'start' ? ['stop', 'delete'] : ['start', 'delete'];
  if (others.some((verb) => lateCommands.has(verb))) return [];
  const wanted = lastCommand === 'start' ? 'running' : 'stopped';
  const id = idOf(order) ?? '';
  const desired = byId.get(id)?.desiredState;
  return desired === wanted ? [] : [`${id}: the last word was ${lastCommand}, and it is wanted ${String(desired)}`];
};

const badEvents = ({ id, status }: SeenInstance, events: readonly SeenEvent[]): string[] => {
  const gap = events.findIndex(({ seq }, index) => seq !== index + 1);
  if (gap >= 0) return [`${id}: event ${gap + 1} of ${events.length} has number ${events[gap]?.seq ?? '?'}`];
  if (events[0]?.type !== 'instance.created') return [`${id} begins with ${events[0]?.type ?? 'nothing'}`];
  const told = events.filter(({ type }) => type === 'status.changed').map(({ data }) => String(data['to']));
  const last = told.at(-1);
  if (last !== undefined && last !== status) return [`${id} is ${status}, and was told ${last}`];
  const end = told.indexOf('deleted');
  return end >= 0 && end !== told.length - 1 ? [`${id} was told to be ${told.slice(end).join(', ')}`] : [];
};

const touched = ({ requests, ledger, foreignIds }: Evidence): string[] => {
  const foreign = new Set(foreignIds);
  const asked = requests.filter(
    ({ kind, machineId }) => kind !== 'read' && machineId !== null && foreign.has(machineId),
  );
  const changed = ledger.filter(({ machineId, status }) => foreign.has(machineId) && status !== 'running');
  return [
    ...asked.map(({ operation, machineId }) => `${operation} was sent for ${String(machineId)}`),
    ...changed.map(({ machineId, status }) => `${machineId} is ${status}`),
  ];
};

/**
 * Machines that Novita made so late after their create that no settle window covers it, and after the instance was `deleted`. No client can
 * rule these out for a create without an idempotency key. They must be deleted, and their cost is counted.
 */
export const zombies = (evidence: Evidence): LedgerEntry[] => {
  const { journal, ledger } = evidence;
  const late = new Set(
    journal.flatMap((entry) =>
      entry.what === 'done' && entry.kind === 'create' && entry.at - entry.arrivedAt > SETTLE_SECONDS * 1000
        ? [entry.machineId]
        : [],
    ),
  );
  return ledger.filter((machine) => {
    const deletedAt = toldDeletedAt(evidence.events.get(instanceOf(machine) ?? ''));
    return deletedAt !== null && machine.createdAt > deletedAt && late.has(machine.machineId);
  });
};

/** Tolerance between clocks: the service knows the database's time to half a round trip, and the simulator has its own clock. */
const CLOCKS_MS = 250;

const billedAfterDeleted = (evidence: Evidence): string[] => {
  const excused = new Set(zombies(evidence));
  return evidence.ledger
    .filter((machine) => !machine.foreign && !excused.has(machine))
    .flatMap((machine) => {
      const id = instanceOf(machine) ?? '';
      const deletedAt = toldDeletedAt(evidence.events.get(id));
      if (deletedAt === null) return [];
      const after = machine.segments.filter(({ to }) => to === null || to > deletedAt + CLOCKS_MS);
      return after.length === 0 ? [] : [`${id} was told deleted, and machine ${machine.machineId} was billed after it`];
    });
};

const toldDeletedAt = (events: readonly SeenEvent[] | undefined): number | null => {
  const told = events?.find(({ type, data }) => type === 'status.changed' && data['to'] === 'deleted');
  return told ? Date.parse(told.at) : null;
};

const unrecorded = (ledger: readonly LedgerEntry[], byId: ReadonlyMap<string, SeenInstance>): string[] =>
  ledger
    .filter(({ foreign }) => !foreign)
    .flatMap((machine) => {
      const number = attemptNumberOf(machine);
      const attempt = byId.get(instanceOf(machine) ?? '')?.attempts.find((other) => other.number === number);
      if (attempt && Date.parse(attempt.sentAt) <= machine.createdAt + CLOCKS_MS) return [];
      return [`machine ${machine.machineId} (${machine.name}) was made before its create was written down, or without`];
    });

/** Whether only answers were faulty: no stock ran out, no boot failed, and no machine was reclaimed. */
const failedWithoutCause = (instances: readonly SeenInstance[]): string[] =>
  instances
    .filter(({ status, failure }) => status === 'failed' && failure?.code !== 'CREATE_UNCERTAIN')
    .map(({ id, failure }) => `${id} failed with ${failure?.code ?? 'nothing'}: ${failure?.message ?? ''}`);

/** The simulator's state must equal its journal. */
const disagreeing = ({ ledger, journal }: Evidence): string[] => {
  const last = new Map<string, string>();
  for (const entry of journal) if (entry.what === 'status') last.set(entry.machineId, entry.status);
  const made = journal.filter(({ what }) => what === 'made').length;
  const wrong = ledger.filter(({ machineId, status }) => last.get(machineId) !== status);
  return [
    ...(made === ledger.length ? [] : [`${ledger.length} machines in the ledger, ${made} in the journal`]),
    ...wrong.map(({ machineId, status }) => `${machineId}: ${status}, and ${last.get(machineId) ?? 'nothing'} on disk`),
  ];
};
