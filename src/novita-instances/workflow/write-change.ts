import { DomainError } from '../../errors/domain-error.js';
import type { Cause } from '../../vocabulary/principal.js';
import type { Snapshot } from '../domain/instance.js';
import { seenFromSuccessor } from '../domain/replacement.js';
import type { InstanceStore } from '../store/instance-store.js';
import { written, type InstanceChange } from '../transitions/instance-change.js';

const MAX_TRIES = 12;

/**
 * Applies a change to the newest snapshot, again and again until no other writer came in between. For outcomes of effects: they must be
 * recorded whatever else changed meanwhile, so `transition` sees the newest snapshot each time; null: there is nothing to record.
 * @param seen what the effect was decided on. The outcome of a successor whose replacement has ended is the `orphan`'s to record.
 * @returns what was changed
 */
export const recordOutcome = async (
  store: InstanceStore,
  seen: { instance: { id: string }; base?: Snapshot },
  cause: Cause,
  transition: (snapshot: Snapshot) => InstanceChange | null,
  { known = null, orphan = () => null }: { known?: Snapshot | null; orphan?: typeof transition } = {},
): Promise<InstanceChange | null> => {
  const { id } = seen.instance;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const newest = (tries === 0 && known) || (await store.load(id));
    if (!newest) throw new DomainError('INSTANCE_NOT_FOUND', `There is no instance ${id}.`);
    const view = seen.base && !newest.base ? seenFromSuccessor(newest) : newest;
    const change = view ? transition(view) : orphan(newest);
    if (!change || (await writeChange(store, view ?? newest, cause, change))) return change;
  }
  throw new DomainError('CONCURRENT_CHANGE', `Instance ${id} kept changing.`, { instanceId: id });
};

/** Applies a change to exactly this snapshot. False: another writer came in between, and the decision has to be taken again. */
export const writeChange = (
  store: InstanceStore,
  snapshot: Snapshot,
  cause: Cause,
  change: InstanceChange,
): Promise<boolean> => store.commit({ ...written(snapshot, change), ...cause });
