import type { Market } from '../placement/market.js';
import { SharedRead } from '../database/shared-read.js';
import { StatementBatcher } from '../database/statement-batcher.js';
import { addSeconds, secondsBetween, type Clock } from '../time/clock.js';
import { holdOf, type Guard, type Hold } from '../machines/domain/fleet-guard.js';
import type { Offer } from '../placement/offer.js';
import type { DeleteFigures, FleetFigures, ForeignFigures } from './fleet-figures.repository.js';
import { DELETE_OVERDUE_SECONDS } from '../novita-instances/domain/overdue.js';
import { TOLD_AFTER_TRIES } from '../novita-instances/domain/reconcile-trouble.js';
import type { ReconcileTroubles } from '../novita-instances/store/reconcile-troubles.repository.js';
import type { FleetCommands } from './fleet-commands.js';
import type { FleetSort } from '../machines/store/machine-store.js';
import { pricePerHour, type MachineReport, type ReportedVerdict } from './machine-report.js';

export interface Tally {
  machines: number;
  /** In 1/100000 USD: what those cost whose price is known. */
  pricePerHour: number;
  /** Machines that run at a price that nobody knows. */
  unpriced: number;
}

/** The fleet as a whole, at one moment. */
export interface FleetSurvey {
  at: Date;
  guard: Guard;
  hold: Hold | null;
  /** Until then machines that are one too many are only reported; null: no more. */
  reportOnlyUntil: Date | null;
  /** Instances that are not deleted, by status. */
  statuses: ReadonlyMap<string, number>;
  tallies: Record<ReportedVerdict, Tally>;
  /** Machines with our tag that no instance holds, but for those that a person has said to ignore. */
  unaccounted: Tally;
  deletes: DeleteFigures;
  /** Instances whose reconciliation throws again and again. */
  stuck: number;
  /** How long the oldest delete has waited for its proof; 0 when none waits. */
  oldestDeleteSeconds: number;
}

const PAGE = 100;
/** Scrapes that come within this share one survey, so that however many there are, they cost the same. */
const SHARED_MS = 5_000;

/** Found at Novita with our tag, held by no instance, and not merely on its way to one. */
const UNACCOUNTED: readonly ReportedVerdict[] = [
  'unknown',
  'suspected',
  'unrecorded',
  'twin',
  'condemned',
  'tombstoned',
];
const ONE_BY_ONE: FleetSort[] = ['surplus', 'lost', 'suspect'];

/**
 * Counts the fleet. What is bound and what is foreign is summed by the database; what is left is what should not be there, and
 * is judged one by one.
 */
export class FleetSurveyor {
  private readonly shared: SharedRead<FleetSurvey>;
  /** One survey at a time: each costs a walk through the whole fleet. */
  private readonly together = new StatementBatcher<void, FleetSurvey>(() => this.takeSurvey());

  constructor(
    private readonly fleetCommands: FleetCommands,
    private readonly figures: FleetFigures,
    private readonly troubles: ReconcileTroubles,
    private readonly market: Market,
    private readonly policy: { reportOnlyUntil: Date | null },
    private readonly clock: Clock,
  ) {
    this.shared = new SharedRead(
      () => this.survey(),
      SHARED_MS,
      () => clock.monotonicMs(),
    );
  }

  /** A survey that is a few seconds old at most. Rejects when the survey takes longer than `patienceMs`. */
  recent(patienceMs: number): Promise<FleetSurvey> {
    return this.shared.within(patienceMs);
  }

  /** As it is now. Callers who come while one is taken share the next one. */
  survey(): Promise<FleetSurvey> {
    return this.together.add();
  }

  private async takeSurvey(): Promise<FleetSurvey> {
    const at = this.clock.now();
    const [guard, statuses, held, foreign, deletes, surplus, stuck, offers] = await Promise.all([
      this.fleetCommands.guard(),
      this.figures.statuses(),
      this.figures.held(),
      this.figures.foreign(),
      this.figures.deletes(addSeconds(at, -DELETE_OVERDUE_SECONDS)),
      this.surplus(),
      this.troubles.count(TOLD_AFTER_TRIES),
      this.market.knownOffers().catch(() => []),
    ]);
    const { reportOnlyUntil } = this.policy;
    const ofVerdict = (verdict: ReportedVerdict): Tally =>
      tallyOf(surplus.filter((machine) => machine.verdict === verdict));
    return {
      at,
      guard,
      hold: holdOf(guard, at),
      statuses,
      reportOnlyUntil: reportOnlyUntil !== null && at < reportOnlyUntil ? reportOnlyUntil : null,
      tallies: {
        bound: { ...held, unpriced: 0 },
        successor: ofVerdict('successor'),
        draining: ofVerdict('draining'),
        settling: ofVerdict('settling'),
        unrecorded: ofVerdict('unrecorded'),
        twin: ofVerdict('twin'),
        condemned: ofVerdict('condemned'),
        tombstoned: ofVerdict('tombstoned'),
        unknown: ofVerdict('unknown'),
        suspected: ofVerdict('suspected'),
        foreign: sumOf(tallyOfForeign(foreign, offers), ofVerdict('foreign')),
      },
      unaccounted: tallyOf(surplus.filter(({ verdict, ignored }) => UNACCOUNTED.includes(verdict) && !ignored)),
      deletes,
      stuck,
      oldestDeleteSeconds: deletes.oldestAt ? Math.max(0, secondsBetween(deletes.oldestAt, at)) : 0,
    };
  }

  private async surplus(): Promise<MachineReport[]> {
    const surplus: MachineReport[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = await this.fleetCommands.machinesOfSorts(after, PAGE, ONE_BY_ONE);
      surplus.push(...page.machines);
      after = page.nextAfter;
    }
    return surplus;
  }
}

const tallyOf = (reports: MachineReport[]): Tally => ({
  machines: reports.length,
  pricePerHour: reports.reduce((sum, report) => sum + (report.pricePerHour ?? 0), 0),
  unpriced: reports.filter((report) => report.pricePerHour === null).length,
});

const sumOf = (a: Tally, b: Tally): Tally => ({
  machines: a.machines + b.machines,
  pricePerHour: a.pricePerHour + b.pricePerHour,
  unpriced: a.unpriced + b.unpriced,
});

const tallyOfForeign = (figures: ForeignFigures[], offers: Offer[]): Tally => {
  const tally: Tally = { machines: 0, pricePerHour: 0, unpriced: 0 };
  for (const { make, machines, charged } of figures) {
    const price = pricePerHour(make, offers);
    tally.machines += machines;
    if (price === null) tally.unpriced += charged;
    else tally.pricePerHour += price * charged;
  }
  return tally;
};
