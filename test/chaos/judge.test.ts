import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../novita-simulator/journal.js';
import type { LedgerEntry } from '../novita-simulator/ledger.js';
import { countTwins, instanceOf } from './books.js';
import { judge, type Evidence } from './judge.js';
import { newOrder, type Order, type SeenEvent, type SeenInstance } from './orders.js';

const ULID = '01jgfjjz00n5mq2ys3b3x8t1rv';
const ID = `ins_${ULID.toUpperCase()}`;
const BOUGHT_AT = Date.UTC(2026, 0, 1, 12);
const DELETED_AT = BOUGHT_AT + 60_000;
const iso = (at: number): string => new Date(at).toISOString();

const machine = (changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  machineId: 'm1',
  name: `nvt-abcdefgh-${ULID}-1-abcdefghij`,
  foreign: false,
  productId: 'p',
  clusterId: 'c',
  billingMode: 'spot',
  gpuNum: 1,
  pricePerGpuHour: 1,
  status: 'running',
  createdAt: BOUGHT_AT,
  deleteRequestedAt: null,
  deleteConfirmedAt: null,
  removedAt: null,
  segments: [{ from: BOUGHT_AT, to: null }],
  billedSeconds: 1,
  costUsd: 1,
  ...changes,
});

const removed = (changes: Partial<LedgerEntry> = {}): LedgerEntry =>
  machine({
    status: 'removed',
    removedAt: DELETED_AT - 1_000,
    segments: [{ from: BOUGHT_AT, to: DELETED_AT - 1_000 }],
    ...changes,
  });

const instance = (changes: Partial<SeenInstance> = {}): SeenInstance => ({
  id: ID,
  name: 'one',
  status: 'ready',
  desiredState: 'running',
  failure: null,
  labels: { key: 'k' },
  machine: { id: 'm1', status: 'running' },
  attempts: [{ number: 1, state: 'ACCEPTED', sentAt: iso(BOUGHT_AT - 5) }],
  ...changes,
});

const gone = (changes: Partial<SeenInstance> = {}): SeenInstance =>
  instance({ status: 'deleted', desiredState: 'deleted', machine: null, ...changes });

const order = (changes: Partial<Order> = {}): Order => ({
  ...newOrder('k', { name: 'one' }),
  ids: new Set([ID]),
  ...changes,
});

const told = (...statuses: string[]): SeenEvent[] => [
  { seq: 1, type: 'instance.created', data: {}, at: iso(BOUGHT_AT - 10) },
  ...statuses.map((to, index) => ({ seq: index + 2, type: 'status.changed', data: { to }, at: iso(DELETED_AT) })),
];

const journalOf = (ledger: readonly LedgerEntry[]): JournalEntry[] =>
  ledger.flatMap(({ machineId, name, foreign, status, createdAt: at }) => [
    { what: 'made', at, machineId, name, foreign },
    { what: 'status', at, machineId, status },
  ]);

const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  orders: [order()],
  instances: [instance()],
  events: new Map([[ID, told('ready')]]),
  ledger: [machine()],
  requests: [],
  foreignIds: [],
  deaths: [],
  ...changes,
  journal: changes.journal ?? journalOf(changes.ledger ?? [machine()]),
});

const brokenLaws = (changes: Partial<Evidence>): string[] => [
  ...new Set(judge(evidence(changes)).map(({ law }) => law)),
];

const deletedOne = (changes: Partial<Evidence> = {}): Partial<Evidence> => ({
  orders: [order({ deletePromised: true })],
  instances: [gone()],
  events: new Map([[ID, told('ready', 'deleted')]]),
  ledger: [removed()],
  ...changes,
});

describe('the judge of the chaos', () => {
  it('finds nothing wrong where what was told is true', () => {
    expect(judge(evidence())).toEqual([]);
    expect(judge(evidence(deletedOne()))).toEqual([]);
  });

  it('sees a machine that nobody holds', () => {
    const stopped = instance({ machine: null, status: 'stopped', desiredState: 'stopped' });
    const events = new Map([[ID, told('stopped')]]);
    expect(brokenLaws({ instances: [stopped], events })).toEqual(['leaked', 'false statuses']);
  });

  it('sees two live machines of one instance', () => {
    expect(brokenLaws({ ledger: [machine(), machine({ machineId: 'm2' })] })).toContain('doubled');
  });

  it('sees a delete that was promised and not kept', () => {
    expect(brokenLaws({ orders: [order({ deletePromised: true })] })).toEqual(['lost deletes']);
    expect(brokenLaws(deletedOne({ ledger: [machine()] }))).toContain('lost deletes');
  });

  it('sees a create that was promised and is not there, there twice, or as something else', () => {
    expect(brokenLaws({ instances: [], ledger: [], events: new Map() })).toEqual(['lost creates']);
    expect(brokenLaws({ orders: [order({ ids: new Set([ID, 'ins_2']) })] })).toEqual(['lost creates']);
    expect(brokenLaws({ orders: [order({ ids: new Set() })] })).toEqual(['lost creates']);
    expect(brokenLaws({ orders: [] })).toEqual(['lost creates']);
  });

  it('sees a last word that was not heard, but not where a late one may have come after it', () => {
    expect(brokenLaws({ orders: [order({ lastCommand: 'stop' })] })).toEqual(['lost commands']);
    expect(brokenLaws({ orders: [order({ lastCommand: 'stop', lateCommands: new Set(['start']) })] })).toEqual([]);
  });

  it('sees events with a gap, out of order, after the end, or that say something else than the status', () => {
    const [first, second] = told('ready') as [SeenEvent, SeenEvent];
    const law = ['events out of sequence'];
    expect(brokenLaws({ events: new Map([[ID, [first, { ...second, seq: 3 }]]]) })).toEqual(law);
    expect(brokenLaws({ events: new Map([[ID, [second, first]]]) })).toEqual(law);
    expect(brokenLaws({ events: new Map([[ID, told('stopped')]]) })).toEqual(law);
    expect(brokenLaws({ events: new Map() })).toEqual(law);
    expect(brokenLaws(deletedOne({ events: new Map([[ID, told('deleted', 'ready', 'deleted')]]) }))).toEqual(law);
  });

  it('sees that a foreign machine was touched', () => {
    const foreign = machine({ machineId: 'f1', name: 'theirs', foreign: true });
    const asked = { kind: 'release', operation: 'deleteInstance', machineId: 'f1' } as Evidence['requests'][number];
    const theirs = { ledger: [machine(), foreign], foreignIds: ['f1'] };
    expect(brokenLaws(theirs)).toEqual([]);
    expect(brokenLaws({ ...theirs, requests: [asked] })).toEqual(['foreign machines touched']);
    expect(brokenLaws({ ...theirs, ledger: [machine(), { ...foreign, status: 'removed' }] })).toEqual([
      'foreign machines touched',
    ]);
  });

  it('sees what was billed after its end was told', () => {
    const longer = removed({ segments: [{ from: BOUGHT_AT, to: DELETED_AT + 251 }] });
    expect(brokenLaws(deletedOne({ ledger: [longer] }))).toEqual(['billed after deleted']);
  });

  it('excuses only a machine that Novita itself made later than any settle window', () => {
    const createdAt = DELETED_AT + 1_000;
    const late = removed({
      createdAt,
      removedAt: createdAt + 9_000,
      segments: [{ from: createdAt, to: createdAt + 9_000 }],
    });
    const done = (arrivedAt: number): JournalEntry => ({
      ...{ what: 'done', at: createdAt, arrivedAt, operation: 'createInstance', kind: 'create' },
      ...{ machineId: 'm1', status: 200, fault: null },
    });
    const when = (arrivedAt: number): Partial<Evidence> =>
      deletedOne({ ledger: [late], journal: [...journalOf([late]), done(arrivedAt)] });
    expect(brokenLaws(when(createdAt - 15_000))).toEqual([]);
    expect(brokenLaws(when(createdAt - 5_000))).toEqual(['billed after deleted']);
  });

  it('sees a machine that was made before its create was written down', () => {
    expect(brokenLaws({ instances: [instance({ attempts: [] })] })).toEqual(['bought without a record']);
    const tooLate = [{ number: 1, state: 'ACCEPTED', sentAt: iso(BOUGHT_AT + 251) }];
    expect(brokenLaws({ instances: [instance({ attempts: tooLate })] })).toEqual(['bought without a record']);
  });

  it('sees a status that the books do not bear out, and a failure that nothing caused', () => {
    expect(brokenLaws({ ledger: [machine({ status: 'exited' })] })).toEqual(['false statuses']);
    expect(brokenLaws({ instances: [instance({ desiredState: 'stopped' })] })).toEqual(['false statuses']);
    const failed = instance({ status: 'failed', machine: null, failure: { code: 'MACHINE_LOST', message: 'gone' } });
    expect(brokenLaws({ instances: [failed], ledger: [removed()], events: new Map([[ID, told('failed')]]) })).toEqual([
      'failed without a cause',
    ]);
  });

  it('sees a service that ended by itself after it had served, and books that do not match the disk', () => {
    const death = { replica: 1, code: 1, signal: null, at: new Date(BOUGHT_AT) };
    expect(brokenLaws({ deaths: [{ ...death, hadServed: true }] })).toEqual(['services that died by themselves']);
    expect(brokenLaws({ deaths: [{ ...death, hadServed: false }] })).toEqual([]);
    expect(brokenLaws({ journal: [] })).toEqual(['books that disagree']);
  });
});

describe('a transient twin', () => {
  it('is counted for as long as nobody had asked for the end of either machine', () => {
    const second = machine({ machineId: 'm2', createdAt: BOUGHT_AT + 10_000, deleteRequestedAt: BOUGHT_AT + 16_000 });
    expect(countTwins([machine(), second], new Set(), DELETED_AT)).toEqual({ instances: 1, longestSeconds: 6 });
    const leaving = machine({ deleteRequestedAt: BOUGHT_AT + 9_000 });
    expect(countTwins([leaving, second], new Set(), DELETED_AT)).toEqual({ instances: 0, longestSeconds: 0 });
  });

  it('is none where the caller has asked for another machine', () => {
    const second = machine({ machineId: 'm2', createdAt: BOUGHT_AT + 10_000 });
    const replaced = new Set([instanceOf(second) ?? '']);
    expect(countTwins([machine(), second], replaced, DELETED_AT).instances).toBe(0);
  });
});
