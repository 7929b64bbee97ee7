import { DomainError } from '../../errors/domain-error.js';
import type { Cause } from '../../events/principal.js';
import type { Facts } from '../domain/instance.js';
import type { InstanceStore } from '../store/instance-store.js';
import { changed, type InstanceChange } from '../transitions/instance-change.js';

const MAX_TRIES = 12;

/**
 * Applies a change to the newest snapshot, again and again until no other writer came in between. For outcomes of effects: they must be
 * recorded whatever else changed meanwhile, so `transition` sees the newest snapshot each time; null: there is nothing to record.
 * Begins with `known`, a snapshot that was just read: its version tells whether it is the newest. Answers with what was changed.
 */
export const recordOutcome = async (
  store: InstanceStore,
  instanceId: string,
  cause: Cause,
  transition: (facts: Facts) => InstanceChange | null,
  known: Facts | null = null,
): Promise<InstanceChange | null> => {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const facts = (tries === 0 && known) || (await store.load(instanceId));
    if (!facts) throw new DomainError('INSTANCE_NOT_FOUND', `There is no instance ${instanceId}.`);
    const change = transition(facts);
    if (!change || (await writeChange(store, facts, cause, change))) return change;
  }
  throw new DomainError('CONCURRENT_CHANGE', `Instance ${instanceId} kept changing.`, { instanceId });
};

/** Applies a change to exactly this snapshot. False: another writer came in between, and the decision has to be taken again. */
export const writeChange = (
  store: InstanceStore,
  { instance: before }: Facts,
  cause: Cause,
  { instance, progress, ...rest }: InstanceChange,
): Promise<boolean> => store.commit({ ...rest, ...cause, before, after: changed(before, { instance, progress }) });
