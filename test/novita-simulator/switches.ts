/**
 * Behaviour of Novita on which sources disagree or which none documents. The first value of each is the default: what the example payloads
 * show, or else what a client saw live. A correct client works with every value.
 */
export const SWITCH_ALTERNATIVES = {
  /** Whether `pageNum=1` is the second page (base 0) or the first (base 1; then 0 is the first page too). */
  pageBase: [0, 1],
  /** The longest page, whatever `pageSize` says. No source names a maximum. */
  maxPageSize: [200, 20, 10],
  /** `random`: every request has its own order. No source documents an order, and none can be requested. */
  listOrder: ['newestFirst', 'random'],
  /** HTTP status for an instance that does not exist; the reason is RESOURCE_NOT_FOUND either way. */
  missingInstance: [404, 400],
  total: ['number', 'string', 'absent'],
  /** The answer to a list when the account has no instance. */
  emptyList: ['200', '400'],
  /** The answers to start, stop, restart and delete. */
  actionBody: ['instanceAndState', 'emptyObject', 'noBody'],
  node: ['object', 'array', 'null'],
  listPortMappings: ['present', 'withoutEndpoints', 'absent'],
  /** `spotStatus` and `spotReclaimTime` in get; the documentation has them in the list only. */
  spotOnGet: ['present', 'absent'],
  spotStatusAfterStop: ['', 'running'],
  /** `spotReclaimTime` from the notice on: the deadline, or "0" until the machine is taken. */
  noticeReclaimTime: ['planned', '0'],
  /** Whether the taking of a spot machine begins at the deadline or up to five minutes before. */
  reclaimBegins: ['atDeadline', 'before'],
  /** Whether the record of a reclaimed machine stays, or passes removing and removed. */
  afterReclaim: ['exited', 'goneSoon'],
  /** The root disk of a reclaimed machine. */
  diskAfterReclaim: ['lost', 'kept'],
  /** Migrate and setAutoMigrate after a notice. One console hides them while notified only. */
  migrateUnderNotice: ['refused', 'acceptedInReclaiming'],
  /** Start, stop, restart, edit, upgrade, save image and migrate while a job runs on the machine. The console hides them. */
  actionsDuringJob: ['refused', 'accepted'],
  /** `autoMigrateOpen` and `autoMigrateSystemDisk` in get. */
  autoMigrateEcho: ['present', 'absent'],
  statusError: ['emptyStrings', 'null'],
  /** Empty connect components, network, jobs and lists. */
  unsetMessages: ['emptyObject', 'null', 'absent'],
  /** Times and usage that only the console and older clients have: `createdAt`, `lastStartedAt`, `useTime`, `gpuIds`, … */
  undocumentedFields: ['present', 'absent'],
  billingModeEcho: ['asAsked', 'emptyForOnDemand'],
  /** Sizes and prices of products. `asSeen`: prices as strings, sizes as numbers. */
  productNumbers: ['asSeen', 'strings', 'numbers'],
  /** `US-CA-06 (California)` or `US-CA-06`; `productsWithoutPlace`: clusters long, `regions` of products short. */
  regionNames: ['withPlace', 'withoutPlace', 'productsWithoutPlace'],
  firstStatus: ['pending', 'toCreate'],
  /** The final status of a machine whose creation failed. */
  failedCreation: ['exited', 'staysInPhase'],
  /** Whether a deleted machine passes toRemove, removing and removed, or is missing from the moment of the delete. */
  deletedMachine: ['listedForAWhile', 'goneAtOnce'],
  retryAfter: ['present', 'absent'],
  /** Answer to a bad key. `401Text` is not JSON. */
  badKey: ['401', '403', '401Text'],
  outOfStock: ['inReason', 'inMessageOnly'],
  /** The reason with the message `invalid state change`; only the message was seen. */
  invalidStateReason: ['CONFLICT', 'OPERATION_LIMIT'],
  /** Both consoles interpret a 429 to a create as the quota of instances. The documentation calls the other reason a limit. */
  instanceQuota: ['RATE_LIMIT_EXCEEDED', 'CREATE_INSTANCE_LIMIT'],
  lowBalance: ['CREATE_INSTANCE_LIMIT', 'BALANCE_NOT_ENOUGH', 'NOT_ENOUGH_BALANCE'],
  /** What happens to running machines when the member's budget is used up. */
  usedUpBudget: ['stopsAtTheHour', 'goesOn', 'stopsAtOnce'],
  /** The answer to the create of a network storage: its id as a bare string, or the storage. */
  storageCreateBody: ['id', 'object'],
  /** The answer to the save of a registry credential: `{}`, or 204. */
  registryAuthSave: ['emptyObject', 'noContent'],
  /** `pricePrecision` of bills, with prices to match. */
  billPrecision: ['10', '10000'],
  /** Whether a metric series is empty now and then. */
  metricGaps: ['nowAndThen', 'none'],
  /** `metadata` of an error. Only positions were seen. */
  errorMetadata: ['positional', 'named', 'array'],
  errorMetadataSent: ['always', 'never'],
  /** Two clients handle `{"instance": {…}}`, although it was never seen and violates the contract. */
  instanceWrapping: ['bare', 'wrapped'],
} as const;

export type SwitchName = keyof typeof SWITCH_ALTERNATIVES;
export type Switches = { -readonly [Name in SwitchName]: (typeof SWITCH_ALTERNATIVES)[Name][number] };

export const DEFAULT_SWITCHES = Object.freeze(
  Object.fromEntries(Object.entries(SWITCH_ALTERNATIVES).map(([name, values]) => [name, values[0]])),
) as Readonly<Switches>;

/** Each switch with each of its values, for lifecycle tests. */
export function everySwitchPosition(): { name: SwitchName; value: string | number; switches: Partial<Switches> }[] {
  return Object.entries(SWITCH_ALTERNATIVES).flatMap(([name, values]) =>
    values.map((value) => ({ name: name as SwitchName, value, switches: { [name]: value } })),
  );
}

/** Reads switches from JSON. Throws for an unknown name or value. */
export function parseSwitches(given: Record<string, unknown>): Partial<Switches> {
  for (const [name, value] of Object.entries(given)) {
    const values = (SWITCH_ALTERNATIVES as Record<string, readonly unknown[]>)[name] ?? [];
    if (!values.includes(value)) throw new Error(`no switch ${name} with value ${JSON.stringify(value)}`);
  }
  return given;
}
