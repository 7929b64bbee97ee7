/** What has to happen at least once in a run, so that "no difference" cannot mean "nothing happened". */
const OUTCOMES = [
  'create: more than the project may have',
  'create: more than the project may cost',
  'create: more than the service may have',
  'create: more than the service may cost',
  'commit: more than the project may cost',
  'commit: more than the service may cost',
  'create: created',
  'create: created around a machine',
  'create: key replayed',
  'create: key reused',
  'create: name taken',
  'create: id taken',
  'create: create_attempts_tag_key',
  'create: create_attempts_machine_id_key',
  'create: instances_last_event_seq_check',
  'commit: key claimed',
  'commit: key known',
  'findByKey: nothing',
  'findByKey: replayed',
  'findByKey: key-reused',
  'load: found',
  'load: nothing',
  'loadAll: some',
  'find: by id',
  'find: by name',
  'find: deleted, by id',
  'find: the id before the name',
  'find: nothing',
  'find: of another project',
  'list: of a project',
  'eventsByCursor: of a project',
  'list: some',
  'list: none',
  'list: cut at the limit',
  'list: with deleted ones',
  'list: by status',
  'list: by name',
  'list: by region',
  'list: by labels',
  'list: after an id',
  'events: some',
  'events: none',
  'events: cut at the limit',
  'eventsByCursor: some',
  'eventsByCursor: none',
  'eventsByCursor: over several pages',
  'eventsByCursor: by types',
  'eventsByCursor: by subject',
  'eventsByCursor: by actor',
  'eventsByCursor: of the fleet',
  'commit: written',
  'commit: stale version',
  'commit: no such instance',
  'commit: attempt inserted',
  'commit: attempt overwritten',
  'commit: attempt overwritten that a pass had counted',
  'commit: machine inserted',
  'commit: machine known already',
  'commit: gone',
  'commit: condemned',
  'commit: condemned again',
  'commit: nothing but the instance',
  'commit: nudged',
  'commit: nudged and rested',
  'commit: rested',
  'commit: instances_live_name',
  'commit: create_attempts_tag_key',
  'commit: create_attempts_machine_id_key',
  'commit: events_pkey',
  'rest: written',
  'rest: stale version',
  'rest: no such instance',
  'claimDue: some',
  'claimDue: none',
  'claimDue: cut at the limit',
  'nudge: several',
  'watchedMachines: some',
  'watchedMachines: lacks access',
  'watchedMachines: lacks an address',
  'watchedMachines: missing',
  'watchedMachines: closely',
  'watchedMachines: not closely',
  'countOpenAttempts: some',
  'countOpenAttempts: none',
  'recordObservations: first',
  'recordObservations: nobody’s',
  'recordObservations: older than what is known',
  'recordObservations: unchanged',
  'recordObservations: changed',
  'recordObservations: risen',
  'recordObservations: still gone',
  'recordObservations: news',
  'recordObservations: no news',
  'recordObservations: several at once',
  'recordMissing: a proof',
  'recordMissing: too soon or older',
  'recordMissing: gone',
  'recordMissing: not ours',
  'recordDeleteAcknowledged: proofs before it forgotten',
  'recordDeleteAcknowledged: first',
  'recordDeleteAcknowledged: not ours',
  'ownersOf: some',
  'knownInstances: some',
  'fleetAfter: a full page',
  'fleetAfter: strangers',
  'fleetAfter: machines of instances',
  'recordStrangers: first',
  'recordStrangers: seen again',
  'recordStrangers: older than what is known',
  'recordStrangers: ignored before',
  'concludePass: counted',
  'concludePass: too soon to count again',
  'concludePass: strangers forgotten',
  'concludePass: unknown machines',
  'concludePass: an unrecorded machine',
  'concludePass: machines expected',
  'concludePass: machines missing',
  'strangers: some',
  'ignoreStranger: known',
  'ignoreStranger: unknown',
  'forgetStranger: known',
  'guard: read',
  'guard: read while frozen',
  'changeGuard: frozen',
  'changeGuard: resumed',
  'changeGuard: creates paused',
  'changeGuard: distrusted',
  'changeGuard: verified',
  'changeGuard: left',
  'changeGuard: thrown',
  'condemnByCode: condemned',
  'condemnByCode: condemned already',
  'condemnByCode: refused',
  'condemnByCode: not ours',
  'deleteEvents: some',
  'deleteEvents: none',
  'deleteIdempotencyKeys: some',
  'deleteIdempotencyKeys: none',
  'deleteAttempts: some',
  'deleteAttempts: none',
  'deleteEventsOfDeletedInstances: some',
  'deleteEventsOfDeletedInstances: none',
  'deleteDeletedInstances: some',
  'deleteDeletedInstances: none',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Counts what happened. */
export class Tally {
  private readonly counts = new Map<Outcome, number>(OUTCOMES.map((outcome) => [outcome, 0]));
  commands = 0;
  lists = 0;

  count(outcome: Outcome): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }

  countIf(happened: boolean, outcome: Outcome): void {
    if (happened) this.count(outcome);
  }

  neverHappened(): Outcome[] {
    return OUTCOMES.filter((outcome) => this.counts.get(outcome) === 0);
  }

  /** The rarest first. */
  toString(): string {
    const rows = [...this.counts].sort(([, a], [, b]) => a - b);
    return [
      `${this.lists} lists, ${this.commands} commands, ${rows.length} outcomes`,
      ...rows.map(([outcome, count]) => `${String(count).padStart(6)}  ${outcome}`),
    ].join('\n');
  }
}

export const countQuota = (tally: Tally, rejected: string, at: 'create' | 'commit'): void => {
  for (const outcome of OUTCOMES.filter((name) => name.startsWith(`${at}: more than`))) {
    tally.countIf(rejected.includes(outcome.replace(`${at}: more than the`, 'The')), outcome);
  }
};
