import { keyOf, type Opportunity } from './chosen-weather.js';

/** Database steps that change nothing. It makes no difference in which way the answer of such a step is lost. */
const READS = new Set([
  'guard',
  'load',
  'findByKey',
  'knownInstances',
  'ownersOf',
  'countOpenAttempts',
  'watchedMachines',
]);
/** Steps by which background tasks report. Nothing is decided by the reports. */
const REPORTS = new Set(['record', 'takeActivations']);
/** Faults that do the same as `store-refuses` or `crash-before-store` at a step that only reads. */
const SAME_AT_READS = new Set(['commit-unknown', 'crash-after-store']);
/**
 * Steps at which faults strike alone and not in pairs. Some belong to periodic duties, which run whether anything is to be done or
 * not. At others the fault does what it does at the step before or after: the guard is read after the instance is loaded and before
 * anything is done; an observation that cannot be recorded is as lost as one that failed; a death after a step is a death before
 * the next step.
 */
const PERIODIC = new Set([
  'takeLease',
  'countOpenAttempts',
  'watchedMachines',
  'claimDue',
  'nudge',
  'knownInstances',
  'ownersOf',
  'guard',
]);
const SAME_AS_LOST_READ = new Set(['store-refuses', 'crash-before-store']);

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
 * Every place where a second fault can strike after the first. A loop that takes the same step again, with no change in between, is
 * in the same place.
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

/** The places of the first fault of a pair: none at a periodic step, and each place once. */
export const firsts = (opportunities: readonly Opportunity[]): string[] => seconds(opportunities, '');

const isForPairs = (opportunity: Opportunity): boolean => {
  const { fault } = opportunity;
  if (fault === 'store-slow' || fault === 'store-answers-late' || fault === 'crash-after-store') return false;
  const step = storeStep(opportunity);
  if (!isOfStore(opportunity) || step === null) return true;
  return !PERIODIC.has(step) && !(step === 'recordObservations' && SAME_AS_LOST_READ.has(fault));
};
