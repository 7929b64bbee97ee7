import type { Cause } from '../../events/principal.js';
import type { Offer } from '../domain/placement.js';
import type { TemplateUsed } from '../domain/machine-order.js';
import type { UpstreamText } from '../../redaction/upstream-text.js';
import type { ProbeTarget } from '../domain/readiness.js';

/** A failure's text may be the workload's own. */
export type ProbeAnswer = { ok: true } | { ok: false; why: string | UpstreamText };

/** Asks a workload one question over the network. Never throws: a failed question is a result. */
export interface Prober {
  probe(target: ProbeTarget): Promise<ProbeAnswer>;
}

/** What can be bought, as the reconciler needs it. Throws DomainError CATALOGUE_UNAVAILABLE when Novita does not say. */
export interface Market {
  /** `fresh`: the last round found nothing, so an old answer is of no use. */
  currentOffers(fresh: boolean): Promise<Offer[]>;
  /** Of any age, and so at once: to say what things cost, never to buy by. */
  knownOffers(): Promise<Offer[]>;
  /** Null when Novita has no such template. */
  template(templateId: string): Promise<TemplateUsed | null>;
}

/** DI token for the {@link Market}. */
export const MARKET = Symbol('MARKET');

/**
 * How a step went on. `again`: plan anew at once. `rests`: the step has said itself when to come back. Otherwise rest, and come
 * back after so many seconds at the latest.
 */
export type Taken = 'again' | 'rests' | { pauseSeconds: number };

/** Runs one step of one instance; whoever watches may wrap it, and must change nothing about it. */
export type AroundStep = <T>(instanceId: string, step: string, work: () => Promise<T>) => Promise<T>;

/** The cause of what the reconciler writes. */
export const RECONCILER: Cause = { actor: 'reconciler', requestId: null };
/** The cause of what a person decides about machines and the fleet, by this request. */
export const byOperator = (requestId: string | null): Cause => ({ actor: 'operator', requestId });

/** Why nothing is sent now although something should be. */
export const NO_TURN =
  'Novita limits requests and has asked for a pause, or does not work, or NOVITA_REQUESTS_PER_MINUTE is used up: this goes on by itself.';
