import fc from 'fast-check';
import { SHOWN_ATTEMPTS } from '../../../src/novita-instances/domain/instance.js';
import type { RetentionStore } from '../../../src/retention/retention-store.js';
import { anAttempt } from '../../support/snapshot-builder.js';
import type { BothStores } from './both-stores.js';
import { command } from './command.js';
import { record } from './record.js';
import { index } from './small-world.js';
import type { Outcome } from './tally.js';

type Delete = keyof RetentionStore;

/** Deletes all that is old, some rows at a time. Which rows a single statement takes is not promised. */
const deleteAll = async (store: RetentionStore, name: Delete, before: Date, limit: number): Promise<number> => {
  for (let all = 0; ;) {
    const rows = await store[name](before, limit);
    if (rows > limit) throw new Error(`${name} deleted ${rows} rows, and not ${limit}`);
    all += rows;
    if (rows < limit) return all;
  }
};

const deleting = record({ ago: fc.constantFrom(0, 2, 30, 300, 600), limit: fc.constantFrom(1, 2, 3, 50) });

const deletes = (name: Delete, weight: number, some: Outcome, none: Outcome) =>
  command(name, weight, deleting, async (both, { ago, limit }) => {
    const answer = await both.ask((store) => deleteAll(store, name, both.ago(ago), limit));
    if ('value' in answer) both.tally.count(answer.value > 0 ? some : none);
  });

/** More attempts than an answer shows: refused ones, with some in between that may have made a machine. */
const manyAttempts = command(
  'manyAttempts',
  2,
  record({ index, count: fc.constantFrom(3, SHOWN_ATTEMPTS + 4) }),
  async (both, { index, count }) => {
    const snapshot = both.snapshot(both.near(index));
    if (!snapshot) return;
    const before = snapshot.instance;
    const attempts = Array.from({ length: count }, (_, at) => {
      const number = 4 + at;
      const state = number % 5 === 0 ? 'ABSENT' : number % 3 === 0 ? 'NOT_SENT' : 'REJECTED';
      return anAttempt({ number, tag: `tag-${before.id}-${number}`, machineId: null, state, sentAt: both.now });
    });
    await both.ask((store) => store.commit({ before, after: before, attempts, actor: 'caller' }));
  },
);

/** Nothing is left of it that could keep it. */
const endInstance = command('endInstance', 4, record({ index }), async (both: BothStores, { index }) => {
  const snapshot = both.snapshot(both.near(index));
  if (!snapshot || snapshot.instance.deletedAt) return;
  const before = snapshot.instance;
  const after = { ...before, desired: 'deleted' as const, toldStatus: 'deleted', deletedAt: both.now };
  const gone = snapshot.machines.map(({ machineId }) => machineId);
  const attempts = snapshot.attempts.map((attempt) => ({ ...attempt, state: 'ABSENT' as const }));
  await both.ask((store) => store.commit({ before, after, attempts, gone, actor: 'caller' }));
});

export const retentionCommands = [
  manyAttempts,
  endInstance,
  deletes('deleteEvents', 1, 'deleteEvents: some', 'deleteEvents: none'),
  deletes('deleteIdempotencyKeys', 1, 'deleteIdempotencyKeys: some', 'deleteIdempotencyKeys: none'),
  deletes('deleteAttempts', 3, 'deleteAttempts: some', 'deleteAttempts: none'),
  deletes(
    'deleteEventsOfDeletedInstances',
    2,
    'deleteEventsOfDeletedInstances: some',
    'deleteEventsOfDeletedInstances: none',
  ),
  deletes('deleteDeletedInstances', 3, 'deleteDeletedInstances: some', 'deleteDeletedInstances: none'),
];
