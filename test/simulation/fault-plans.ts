import { keyOf, type Opportunity } from './chosen-weather.js';

/** Steps of the database that change nothing: to lose one is the same however it is lost. */
const READS = new Set([
  'guard',
  'load',
  'findByKey',
  'knownInstances',
  'ownersOf',
  'countOpenAttempts',
  'watchedMachines',
]);
/** Nothing is decided by what background tasks tell of themselves. */
const REPORTS = new Set(['record', 'takeActivations']);
/** What is the same as another fault, at a step that only reads. */
const SAME_AT_READS = new Set(['commit-unknown', 'crash-after-store']);
/**
 * What strikes alone and not in pairs: the clockwork, which runs whether anything is done or not; and steps right before or
 * after which the same fault does the same. The guard is read after the instance is loaded and before anything is done; what a
 * look showed and cannot be recorded is as lost as the look; and to die after a step is to die before the next one.
 */
const CLOCKWORK = new Set([
  'takeLease',
  'countOpenAttempts',
  'watchedMachines',
  'claimDue',
  'nudge',
  'knownInstances',
  'ownersOf',
  'guard',
]);
const SAME_AS_LOST_LOOK = new Set(['store-refuses', 'crash-before-store']);

const storeStep = ({ step }: Opportunity): string | null => (step.startsWith('store ') ? step.slice(6) : null);

const isOfStore = ({ fault }: Opportunity): boolean =>
  fault.endsWith('-store') || fault.startsWith('store-') || fault === 'commit-unknown';

const isRedundant = (opportunity: Opportunity): boolean => {
  const step = storeStep(opportunity);
  if (step !== null && REPORTS.has(step)) return true;
  return isOfStore(opportunity) && step !== null && READS.has(step) && SAME_AT_READS.has(opportunity.fault);
};

/** Every place where one fault can strike. */
export const singles = (opportunities: readonly Opportunity[]): string[] =>
  opportunities.filter((opportunity) => !isRedundant(opportunity)).map(keyOf);

/**
 * Every place where a second fault can strike after the first. A loop that takes the same step again before anything has
 * happened is in the same place.
 */
export const seconds = (opportunities: readonly Opportunity[], first: string): string[] => {
  const from = opportunities.findIndex((opportunity) => keyOf(opportunity) === first);
  const places = new Map<string, string>();
  for (const opportunity of opportunities.slice(from + 1)) {
    if (isRedundant(opportunity) || !isForPairs(opportunity)) continue;
    const place = `${opportunity.fault} ${opportunity.step} ${opportunity.turn}`;
    if (!places.has(place)) places.set(place, keyOf(opportunity));
  }
  return [...places.values()];
};

/** The first of a pair: not the clockwork's, and one of each place. */
export const firsts = (opportunities: readonly Opportunity[]): string[] => seconds(opportunities, '');

const isForPairs = (opportunity: Opportunity): boolean => {
  const { fault } = opportunity;
  if (fault === 'store-slow' || fault === 'store-answers-late' || fault === 'crash-after-store') return false;
  const step = storeStep(opportunity);
  if (!isOfStore(opportunity) || step === null) return true;
  return !CLOCKWORK.has(step) && !(step === 'recordSightings' && SAME_AS_LOST_LOOK.has(fault));
};
