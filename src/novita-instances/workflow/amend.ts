import { DomainError } from '../../errors/domain-error.js';
import type { Cause } from '../../events/principal.js';
import type { Facts, Instance } from '../domain/instance.js';
import type { Progress } from '../domain/progress.js';
import type { Change, InstanceStore } from '../store/instance-store.js';

/** What to change, seen from the newest facts; null when there is nothing left to change. */
export type Amendment = Omit<Change, 'before' | 'after' | 'actor' | 'requestId'> & {
  instance?: Partial<Omit<Instance, 'id' | 'version' | 'progress'>>;
  progress?: Partial<Progress>;
};

const MAX_TRIES = 12;

/**
 * Applies a change to the newest facts, again and again until nobody else wrote in between. For results of effects that have
 * happened: they must be recorded whatever else changed meanwhile, so `decide` looks at the facts anew each time. Begins with
 * `known`, when somebody has just read it: its version tells whether it is the newest. Answers with what was changed.
 */
export const amend = async (
  store: InstanceStore,
  instanceId: string,
  cause: Cause,
  decide: (facts: Facts) => Amendment | null,
  known: Facts | null = null,
): Promise<Amendment | null> => {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const facts = (tries === 0 && known) || (await store.load(instanceId));
    if (!facts) throw new DomainError('INSTANCE_NOT_FOUND', `There is no instance ${instanceId}.`);
    const amendment = decide(facts);
    if (!amendment || (await store.commit(toChange(facts, cause, amendment)))) return amendment;
  }
  throw new DomainError('CONCURRENT_CHANGE', `Instance ${instanceId} kept changing.`, { instanceId });
};

/** Applies a change to exactly these facts. False: somebody wrote in between, and the decision has to be taken again. */
export const commitTo = (store: InstanceStore, facts: Facts, cause: Cause, amendment: Amendment): Promise<boolean> =>
  store.commit(toChange(facts, cause, amendment));

const toChange = ({ instance: before }: Facts, cause: Cause, amendment: Amendment): Change => {
  const { instance, progress, ...rest } = amendment;
  return { ...rest, ...cause, before, after: amended(before, { instance, progress }) };
};

export const amended = (
  before: Instance,
  { instance, progress }: Pick<Amendment, 'instance' | 'progress'>,
): Instance => ({
  ...before,
  ...instance,
  progress: { ...before.progress, ...progress },
});
