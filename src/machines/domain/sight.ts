import Type, { type Static } from 'typebox';
import { addSeconds, secondsBetween } from '../../time/clock.js';
import { until, withSpan } from '../../time/held-up.js';
import { nullable, SpanShape, Time } from '../../vocabulary/shape.js';

/** Whether Novita can be seen, and when nothing could be done for any instance. Kept with the guard, for the whole fleet. */
export const SightShape = Type.Object({
  /** When a round of looks last met no trouble. Null: no round has been written down yet. */
  seenAt: nullable(Time),
  /** Since when no look succeeds. Null: looks succeed, or nobody looks. */
  blindSince: nullable(Time),
  /** Times that are over in which Novita could not be seen, Novitai was away, or the guard held. */
  held: Type.Array(SpanShape),
});
export type Sight = Static<typeof SightShape>;

export const NO_SIGHT: Sight = { seenAt: null, blindSince: null, held: [] };

/** What one round of looks met. `idle`: no look was due. */
export type LookOutcome = 'seen' | 'idle' | 'blind';

/** How often an undisturbed round of looks is written down. */
export const SEEN_EVERY_SECONDS = 10;
/** After a longer silence Novitai was away: stopped, asleep, or without its database. Three notes may be missing before that. */
const AWAY_SECONDS = 3 * SEEN_EVERY_SECONDS;

/** What a round of looks that began at `at` means. Null: nothing that is worth a write. */
export const sightAfter = (sight: Sight, outcome: LookOutcome, at: Date): Sight | null => {
  const since = blindSince(sight, at);
  if (outcome === 'blind') return sight.blindSince ? null : { ...sight, blindSince: since ?? at };
  // only a look that succeeds ends an outage
  if (outcome === 'idle' && sight.blindSince) return null;
  if (since) {
    return { seenAt: at, blindSince: null, held: withSpan(until(sight.held, at), { from: since, to: at }) };
  }
  const isNews = sight.seenAt === null || Math.abs(secondsBetween(sight.seenAt, at)) >= SEEN_EVERY_SECONDS;
  return isNews ? { ...sight, seenAt: at, held: until(sight.held, at) } : null;
};

/** Since when Novita has not been seen, for whatever reason. Null: it has been seen lately. */
export const blindSince = ({ blindSince: since, seenAt }: Sight, now: Date): Date | null => {
  if (since) return since;
  return seenAt && now > addSeconds(seenAt, AWAY_SECONDS) ? seenAt : null;
};
