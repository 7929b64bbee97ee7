import type { Mutant } from '../support/mutant-sources.js';

const DOMAIN = 'src/novita-instances/domain';
const PLANNERS = 'src/novita-instances/planners';
const TRANSITIONS = 'src/novita-instances/transitions';
const EFFECTS = 'src/novita-instances/effects';
const PLACEMENT = 'src/placement';
const WORKFLOW = 'src/novita-instances/workflow';
const MACHINES = 'src/machines';
const CLIENT = 'src/novita-api';
const TIMETABLE = 'src/timetable';
const WEBHOOKS = 'src/webhooks';

/** A planted bug of the core. */
export interface CoreMutant extends Mutant {
  /**
   * A seed whose world breaks a law under a bug that few worlds show. It is played first, and saves some hundred others. Once a change of
   * the simulation has made it another world it saves nothing: `npm run simulate:mutants` then says which seed to write here.
   */
  telling?: number;
}

export const MUTANTS: readonly CoreMutant[] = [
  {
    name: 'a create is sent again after a 5xx',
    file: `${CLIENT}/sort-answer.ts`,
    patches: [
      [
        'if (status < 400 || status > 499 || UNDECIDED',
        "if (status >= 500) return { kind: 'not-sent', why: 'HTTP ' + status };\n  if (status < 400 || status > 499 || UNDECIDED",
      ],
    ],
  },
  {
    name: 'a create is sent again when its answer is lost',
    file: `${CLIENT}/sort-answer.ts`,
    patches: [["failure.phase === 'not-sent' ? 'not-sent' : 'ambiguous'", "'not-sent'"]],
  },
  {
    name: 'a name need only look like ours',
    file: `${MACHINES}/domain/tag.ts`,
    patches: [
      ['/^(nvt-', '/(nvt-'],
      ['-([a-z2-7]{10})$/', '-([a-z2-7]{10})/'],
    ],
  },
  {
    name: 'the MAC is not looked at',
    file: `${MACHINES}/domain/tag.ts`,
    patches: [
      [
        'if (!isSignedBy(this.secret) && !(this.otherSecret !== null && isSignedBy(this.otherSecret))) return null;',
        '',
      ],
    ],
  },
  {
    name: 'the tag in the environment makes a machine ours',
    file: `${MACHINES}/sweep/trace-machine.ts`,
    patches: [
      [
        'const tag = readTag(machine, tagger);',
        'const tag =\n    readTag(machine, tagger) ?? (machine.envTag ? readTag({ name: machine.envTag }, tagger) : null);',
      ],
    ],
  },
  {
    name: 'the list ends with its first page',
    file: `${CLIENT}/page-walk.ts`,
    patches: [
      ['if (tally.hasEnough()) break;', 'break;'],
      ['complete: tally.isComplete(),', 'complete: true,'],
    ],
  },
  {
    name: 'lists that are never complete alone prove nothing together',
    file: `${MACHINES}/domain/joint-reading.ts`,
    patches: [['if (before.size === total) return', 'if (before.size > total) return']],
  },
  {
    name: 'what a list does not show is gone',
    file: `${MACHINES}/sweep/fleet-watch.ts`,
    patches: [
      [
        'await this.recordList(list.machines, watched, startedAt);',
        'await this.recordList(list.machines, watched, startedAt);\n      for (const id of watched.keys()) if (!list.machines.some((one) => one.machineId === id)) await this.store.recordMissing(id, startedAt);',
      ],
    ],
  },
  {
    name: 'an acknowledged delete is a done one',
    file: `${MACHINES}/domain/absence.ts`,
    patches: [['return machine.missingProofs >= PROOFS_AFTER_DELETE;', 'return true;']],
  },
  {
    name: 'a young machine is believed to be gone',
    file: `${MACHINES}/domain/absence.ts`,
    patches: [
      ["if (isYoung && observation.state !== 'removing') return false;", 'if (isYoung && !isYoung) return false;'],
    ],
  },
  {
    name: 'one "not found" is proof enough',
    file: `${MACHINES}/domain/absence.ts`,
    patches: [
      ['if (machine.missingProofs < PROOFS_OF_LOSS) return false;', 'return machine.missingProofs >= 1;'],
      // without this patch it would wait for a proof from a time at which Novita knows every machine
      ["if (isYoung && observation.state !== 'removing') return false;", 'if (isYoung && !isYoung) return false;'],
    ],
  },
  {
    name: 'the version guard is dropped',
    telling: 52,
    file: 'test/simulation/memory-instance-store.ts',
    patches: [['if (row?.instance.version !== before.version) return false;', 'if (!row) return false;']],
  },
  {
    name: 'a tombstone is forgotten',
    file: `${PLANNERS}/plan-surplus.ts`,
    patches: [
      [
        "    case 'condemned':\n    case 'tombstoned':\n",
        "    case 'tombstoned':\n      return null;\n    case 'condemned':\n",
      ],
    ],
  },
  {
    name: 'a delete is finished while a create may still come true',
    file: `${PLANNERS}/plan-delete.ts`,
    patches: [
      [
        "snapshot.instance.replacement?.phase === 'placing' ?",
        "snapshot.instance.desired === 'deleted' || snapshot.instance.replacement?.phase === 'placing' ?",
        `${PLANNERS}/plan-open-attempts.ts`,
      ],
      [' || openAttempts(snapshot).length > 0;', ';'],
    ],
  },
  {
    name: 'the settle window is nothing',
    file: `${TRANSITIONS}/create-transitions.ts`,
    patches: [['settleAfter: addSeconds(now, createSettleSeconds)', 'settleAfter: now']],
  },
  {
    name: 'a create is written off without a look at the list',
    file: `${PLANNERS}/plan-open-attempts.ts`,
    patches: [['if (isProvedAbsent(attempt))', 'if (now >= addSeconds(attempt.sentAt, 60))']],
  },
  {
    name: 'no freeze after a restore',
    file: `${MACHINES}/domain/fleet-guard.ts`,
    patches: [
      ['if (unknown.some(isFromLater)) {', 'if (unknown.some(isFromLater) && false) {'],
      ['if (unknown.length > MOST_UNKNOWN) {', 'if (unknown.length > 1e9) {'],
    ],
  },
  {
    name: 'commands from before a freeze are carried out',
    file: `${MACHINES}/domain/fleet-guard.ts`,
    patches: [
      ['wantedAt <= (frozen?.at ?? addSeconds(now, -VERIFIED_FOR_SECONDS));', 'frozen !== null && now < wantedAt;'],
    ],
  },
  {
    name: 'nothing waits until the fleet has been seen',
    file: `${MACHINES}/domain/fleet-guard.ts`,
    patches: [['return isVerified\n    ? null', 'return isVerified || true\n    ? null']],
  },
  {
    name: 'the kill-rate breaker is off',
    file: `${MACHINES}/domain/fleet-guard.ts`,
    patches: [['Math.max(KILLS_AT_LEAST, Math.floor(fleet * KILL_SHARE))', '1e9']],
  },
  {
    name: 'a surplus machine is condemned whatever the guard says',
    file: `${PLANNERS}/plan-surplus.ts`,
    patches: [
      ['return reportOnly || holdOf(guard, now) ? null', 'return reportOnly ? null'],
      [
        '      if (this.tables.guard.frozen) return false;\n      let condemned',
        '      let condemned',
        'test/simulation/memory-guard-store.ts',
      ],
    ],
  },
  {
    name: 'the intent is written after the create was sent',
    file: `${EFFECTS}/place-machine.ts`,
    patches: [
      [
        'const startedMs = this.clock.monotonicMs();\n',
        'const startedMs = this.clock.monotonicMs();\n    const early = await this.send(order, startedMs, snapshot);\n',
      ],
      ['const answer = await this.send(order, startedMs, snapshot);', 'const answer = early;'],
    ],
  },
  {
    name: 'a surplus machine is left alone',
    file: `${DOMAIN}/machine-verdict.ts`,
    patches: [["? 'settling' : 'twin'", "? 'settling' : 'gone'"]],
  },
  {
    name: 'a second machine is taken over as well',
    file: `${DOMAIN}/machine-verdict.ts`,
    patches: [
      ['if (instance.machineId !== null) return false;', ''],
      ['snapshot.instance.machineId === null &&\n  snapshot.instance.progress', 'snapshot.instance.progress'],
    ],
  },
  {
    name: 'a delete that was refused is not asked for again',
    file: `${PLANNERS}/step.ts`,
    patches: [['return notBefore && now < notBefore ? rest(notBefore)', 'return notBefore ? rest(null)']],
  },
  {
    name: 'an acknowledged delete that does nothing is not asked for again',
    file: `${PLANNERS}/step.ts`,
    patches: [["return ignored ? { do: 'delete-machine', machine, surplus } : rest(null);", 'return rest(null);']],
  },
  {
    name: 'an unknown word means gone',
    telling: 80,
    file: `${CLIENT}/wire/machine-state.ts`,
    patches: [["?? 'unknown'", "?? 'removed'"]],
  },
  {
    name: 'a stopped machine that cannot be started is deleted',
    file: `${PLANNERS}/plan-run.ts`,
    patches: [
      [
        "Its disk is kept: start again, or delete it.`,\n            'stop',\n          ),\n      );\n    case 'queued'",
        "Its disk is kept: start again, or delete it.`,\n            'release',\n          ),\n      );\n    case 'queued'",
      ],
      [
        "workload answered. Its disk is kept: start again, or delete it.`,\n                'stop',",
        "workload answered.`,\n                'release',",
      ],
    ],
  },
  {
    name: 'a machine stuck in its image is waited for for ever',
    file: `${DOMAIN}/deadlines.ts`,
    patches: [['seconds: provisionTimeoutSeconds', 'seconds: Math.max(1e9, provisionTimeoutSeconds)']],
  },
  {
    name: 'deadlines count time in which nothing could be done',
    file: `${DOMAIN}/deadlines.ts`,
    patches: [
      ['afterFreeSeconds(from, seconds, heldSpans(snapshot, guard, now))', 'afterFreeSeconds(from, seconds, [])'],
    ],
  },
  {
    name: 'a restart is believed on its acknowledgement',
    file: `${PLANNERS}/restart.ts`,
    patches: [['if (hasBegunAnew(', 'if (sent.acknowledged || hasBegunAnew(']],
  },
  {
    name: 'a restart that was seen is asked for again',
    telling: 53,
    file: `${PLANNERS}/restart.ts`,
    patches: [["return { do: 'begin-run', restart: 'seen' };", "return { do: 'act', verb: 'restart', machine };"]],
  },
  {
    name: 'the price cap is not looked at',
    file: `${PLACEMENT}/choose-offer.ts`,
    patches: [['if (cap && offer.pricePerGpuHour > cap.perGpu) {', 'if (cap && offer.pricePerGpuHour > 1e9) {']],
  },
  {
    name: 'the price of one GPU is held against the cap of the machine',
    file: `${PLACEMENT}/price-cap.ts`,
    patches: [['Math.floor(given / gpuNum)', 'Math.floor(given / (gpuNum > 0 ? 1 : 2))']],
  },
  {
    name: 'the price of a plan holds no purchase',
    file: `${PLACEMENT}/price-cap.ts`,
    patches: [["ofMachine('planId', plannedPricePerHour),", "ofMachine('planId', plannedPricePerHour && null),"]],
  },
  {
    name: 'the price that is waited for holds no purchase',
    file: `${PLACEMENT}/price-cap.ts`,
    patches: [['capacityWait?.maxPricePerHour ?? null)', '(capacityWait?.maxPricePerHour ?? null) && null)']],
  },
  {
    name: 'an instance waits for capacity longer than its caller said',
    file: `${DOMAIN}/capacity-wait.ts`,
    patches: [['minutes > 0 ? minutes * 60 :', 'minutes > 0 ? minutes * 6_000 :']],
  },
  {
    name: 'an offer that is remembered to be out of stock is asked for',
    file: `${PLACEMENT}/choose-offer.ts`,
    patches: [
      ['if (isRemembered(until, now)) return', 'if (isRemembered(until, now) && !offer.available) return'],
      [
        '!isRemembered(offerMemory.get(offerKeyOf(offer))?.outOfStockUntil ?? null, now);',
        '!isRemembered(offerMemory.get(offerKeyOf(offer))?.outOfStockUntil ?? null, now) || true;',
        'test/simulation/memory-offer-memory.ts',
      ],
    ],
  },
  {
    name: 'a refusal for lack of stock teaches nothing',
    file: `${TRANSITIONS}/create-transitions.ts`,
    patches: [
      [
        "return { ...change, learned: { kind: 'out-of-stock', offer: attempt.offer, until } };",
        'return until ? change : {};',
      ],
    ],
  },
  {
    name: 'on demand is bought although spot is free',
    file: `${PLACEMENT}/choose-offer.ts`,
    patches: [
      [
        'ranking(preferred.length > 0 ? preferred : open)',
        "ranking(open.toSorted((a) => (a.offer.billingMode === 'spot' ? 1 : -1)).slice(0, 1))",
      ],
    ],
  },
  {
    name: 'a machine that has become too dear is started',
    telling: 151,
    file: `${PLACEMENT}/price-cap.ts`,
    patches: [["return price <= cap.perGpu ? null : { code: 'above-cap', cap, price };", 'return null;']],
  },
  {
    name: 'an empty balance fails the instance',
    telling: 408,
    file: `${PLACEMENT}/rejection-policy.ts`,
    patches: [['if (BALANCE.has(reason)) {', 'if (BALANCE.has(reason) && false) {']],
  },
  {
    name: 'a revoked key means that nothing is there',
    file: `${CLIENT}/wire/error-body.wire.ts`,
    patches: [
      [
        'if (error === null || (httpStatus !== 404 && httpStatus !== 400)) return false;',
        'if (httpStatus === 401) return true;\n  if (error === null || (httpStatus !== 404 && httpStatus !== 400)) return false;',
      ],
    ],
  },
  {
    name: 'creates in doubt are followed by others without end',
    file: `${DOMAIN}/policy.ts`,
    patches: [['MAX_UNCERTAIN_ATTEMPTS = 3', 'MAX_UNCERTAIN_ATTEMPTS = 1e9']],
  },
  {
    name: "the caller's `onAmbiguous` is not looked at",
    file: `${TRANSITIONS}/create-transitions.ts`,
    patches: [["if (instance.spec.onAmbiguous === 'wait' ||", 'if (true ||']],
  },
  {
    name: 'a status is told without an event',
    file: `${TRANSITIONS}/step-transitions.ts`,
    patches: [
      ["events: [{ type: 'status.changed', data: { from: instance.toldStatus, to: step.status } }],", 'events: [],'],
    ],
  },
  {
    name: 'a failed instance keeps its machine',
    file: `${PLANNERS}/plan-failure.ts`,
    patches: [
      [
        "if (failure.machine === 'release') return stepToDelete(snapshot, machine, false, now);",
        "if (failure.machine === 'release') return rest(null);",
      ],
    ],
  },
  {
    name: 'no instance is woken again',
    file: `${WORKFLOW}/waker.ts`,
    patches: [['if (due.length > 0) await this.store.nudge(due);', 'void due;']],
  },
  {
    name: 'an answer of the database that a later write has overtaken tells of lost commits',
    file: `${MACHINES}/sweep/guardian.ts`,
    patches: [['if (guard.epoch >= known) {', 'if (guard.epoch >= this.highestEpoch) {']],
  },
  {
    name: 'an operator may call a create absent while it may come true',
    file: 'src/fleet/hear-operator.ts',
    patches: [['if (now < settleAfter) {', 'if (now < attempt.sentAt) {']],
  },
  {
    name: 'a background task that fails once is never run again',
    file: `${TIMETABLE}/task-loop.ts`,
    patches: [
      [
        'this.last = { ...before, error: this.logFailure(error), failuresInRow: before.failuresInRow + 1 };',
        'this.stopping.abort();\n      this.last = { ...before, error: this.logFailure(error), failuresInRow: 1 };',
      ],
    ],
  },
  {
    name: 'a replica that gains a lease does not begin its duties',
    file: `${TIMETABLE}/timetable.ts`,
    patches: [['if (loop.task.lease?.name === lease.lease.name) loop.wake();', 'if (!loop.task.lease) loop.wake();']],
  },
  {
    name: 'a duty ends with a lease that was not held when it was due',
    file: `${TIMETABLE}/task-loop.ts`,
    patches: [
      [
        'this.isDormant = !this.mayRun();\n    if (this.isDormant) return;',
        'this.isDormant = false;\n    if (!this.mayRun()) return;',
      ],
    ],
  },
  {
    name: 'a deleted instance is forgotten at once',
    file: 'src/retention/expiry.ts',
    patches: [
      [
        'deletedInstances: daysAgo(keep.deletedInstancesDays)',
        'deletedInstances: daysAgo(keep.deletedInstancesDays) && now',
      ],
    ],
  },
  {
    name: 'a machine that runs takes over, whether its workload answers or not',
    file: `${PLANNERS}/plan-replacement.ts`,
    patches: [["return isReady ? { do: 'cut-over' }", "return successor.ranAt ? { do: 'cut-over' }"]],
  },
  {
    name: 'a machine that was replaced does not drain',
    file: `${TRANSITIONS}/step-transitions.ts`,
    patches: [
      [
        'isTaken(old) || brokenOf(instance) ? 0 : drainSeconds',
        'drainSeconds < 0 || isTaken(old) || brokenOf(instance) ? 0 : 0',
      ],
    ],
  },
  {
    name: 'a machine that drains is deleted at once',
    file: `${PLANNERS}/plan-replacement.ts`,
    patches: [['if (now < until) return rest(until);', '']],
  },
  {
    name: 'a stop leaves the replacement under way',
    file: `${DOMAIN}/replacement.ts`,
    patches: [
      ["(instance.desired !== 'running' || instance.progress.failure)", 'instance.progress.failure'],
      // which ends what an earlier release has left
      ['  planStaleReplacement,\n  planOpenAttempts', '  planOpenAttempts', `${PLANNERS}/plan-next-step.ts`],
    ],
  },
  {
    name: 'a replacement goes on after its successor has failed',
    file: `${TRANSITIONS}/instance-change.ts`,
    patches: [['after: { ...whole, replacement: null },', 'after: whole,']],
  },
  {
    name: 'a second replacement begins while the first is under way',
    telling: 209,
    file: `${DOMAIN}/commands.ts`,
    patches: [["if (instance.replacement) return { kind: 'unchanged' };", '']],
  },
  {
    name: 'the failure of a successor fails its instance',
    file: `${TRANSITIONS}/instance-change.ts`,
    patches: [
      ['after: { ...whole, replacement: null },', 'after: settled({ ...whole, progress: after.progress }).instance,'],
    ],
  },
  {
    name: 'a command is carried out again although its key is known',
    file: 'src/novita-instances/commands/instance-commands.ts',
    patches: [
      ['if (replay) return resultOf(replay);', ''],
      ['            claim,\n            nudge: true,', '            nudge: true,'],
    ],
  },
  {
    name: 'a delete is answered and not written down',
    file: 'src/novita-instances/commands/instance-commands.ts',
    patches: [
      [
        "case 'changed': {\n",
        "case 'changed': {\n          if (action === 'delete') return { kind: 'changed', snapshot };\n",
      ],
    ],
  },
  {
    name: 'a command finds instances of every project',
    file: 'src/novita-instances/commands/instance-commands.ts',
    patches: [['await this.store.find(idOrName, within)', 'await this.store.find(idOrName, null)']],
  },
  {
    name: 'every instance is made in the default project',
    file: 'src/novita-instances/commands/instance-commands.ts',
    patches: [['projectId ?? within ?? DEFAULT_PROJECT_ID', 'projectId ?? DEFAULT_PROJECT_ID']],
  },
  {
    name: 'a machine is bought without a look at the limits',
    file: `${TRANSITIONS}/create-transitions.ts`,
    patches: [['    pricePerHour: pricePerHour({ ...whole, attempts: [...whole.attempts, attempt] }),\n', '']],
  },
  {
    name: 'creates in doubt count against no limit',
    file: `${DOMAIN}/quota.ts`,
    patches: [['    ...openAttempts(snapshot).map(({ offer }) => offer),\n', '']],
  },
  {
    name: 'the limit of instances lets one more through',
    file: `${DOMAIN}/quota.ts`,
    patches: [['others.instances + wanted.instances > maxInstances', 'others.instances > maxInstances']],
  },
  {
    name: 'each event is sent without waiting for those before it',
    file: `${WEBHOOKS}/domain/new-delivery.ts`,
    patches: [['subject: instanceOf(event) ??', 'subject: `${event.position}` ?? instanceOf(event) ??']],
  },
  {
    name: 'a delivery is written down as done before it is sent',
    file: `${WEBHOOKS}/delivery/webhook-dispatcher.ts`,
    patches: [
      [
        'const result = await sender.attempt(sending);',
        `const last = { at: clock.now(), durationMs: 0, status: 204, answer: '', isAnswerCut: false, error: null };
    const early = { last, attempts: 1, failure: null, state: 'delivered', nextAttemptAt: null, slowUntil: null, isGone: false };
    await deliveries.finish(claimed, early as never);
    const result = await sender.attempt(sending);`,
      ],
    ],
  },
  {
    name: 'a receiver gets the events of other projects',
    file: `${WEBHOOKS}/domain/matches-filter.ts`,
    patches: [['isWithin(event.projectId, projectId) &&', 'isWithin(event.projectId, null) &&']],
  },
  {
    name: 'a delivery is tried again before its time',
    file: `${WEBHOOKS}/domain/delivery-schedule.ts`,
    patches: [['{ from: 1, to: 1.1 }', '{ from: 0.8, to: 1.1 }']],
  },
  {
    name: 'a receiver that wants nothing any more gets the next event',
    file: `${WEBHOOKS}/domain/attempt-result.ts`,
    patches: [["...(isGone && { setting: 'disabled', disabledReason: 'gone' }),", '']],
  },
  {
    name: 'an event has another id at each attempt',
    file: `${WEBHOOKS}/delivery/send-delivery.ts`,
    patches: [["'webhook-id': id,", "'webhook-id': `${id}-${timestamp.getTime()}`,"]],
  },
  {
    name: 'every answer of a receiver counts as a success',
    file: `${WEBHOOKS}/domain/after-attempt.ts`,
    patches: [['status >= 200 && status <= 299', 'status >= 200']],
  },
  {
    name: 'a revoked key is as good as any other',
    file: 'src/access/api-key.ts',
    patches: [["if (known.revokedAt) return 'revoked';", '']],
  },
  {
    name: 'keys are known for ever while the database is away',
    file: 'src/access/known-keys.ts',
    patches: [['const USABLE_MS = 60_000;', 'const USABLE_MS = 1e9;']],
  },
  {
    name: 'a request does not wait for keys that are read late',
    file: 'src/access/known-keys.ts',
    patches: [['const USED_WHILE_READING_MS = 4_000;', 'const USED_WHILE_READING_MS = 1e9;']],
  },
  {
    name: 'a reclaim is told of every machine that is down',
    file: `${DOMAIN}/reclaim.ts`,
    patches: [
      [
        "(spot.state === 'terminated' || (spot.reclaimAt !== null && new Date(spot.reclaimAt) <= observedAt));",
        'observedAt.getTime() > 0;',
      ],
    ],
  },
  {
    name: 'a reclaim that is called off is told for ever',
    file: `${DOMAIN}/reclaim.ts`,
    patches: [
      ["spot?.state === 'running' ? 'called-off' : null;", "spot?.state === 'terminated' ? 'called-off' : null;"],
    ],
  },
  {
    name: 'a machine is replaced for a reclaim whatever `onReclaim` says',
    file: `${PLANNERS}/plan-reclaim.ts`,
    patches: [["instance.spec.onReclaim !== 'replace' || !mayBuy", '!mayBuy']],
  },
  {
    name: 'a reclaim that is over counts as a notice',
    file: `${DOMAIN}/reclaim.ts`,
    patches: [['return reclaim?.takenAt === null ? reclaim : null;', 'return reclaim ?? null;']],
  },
  {
    name: 'a reclaim is told again at every look',
    file: `${DOMAIN}/reclaim.ts`,
    patches: [
      ["reclaim.takenAt >= machine.changedAt ? null : 'taken'", "reclaim.takenAt < machine.changedAt ? null : 'taken'"],
    ],
  },
  {
    name: 'a machine is not replaced before its reclaim',
    file: `${PLANNERS}/plan-reclaim.ts`,
    patches: [["return { do: 'begin-replacement', reason: 'reclaim' };", 'return null;']],
  },
  {
    name: 'a machine that fails is replaced whatever the request says',
    file: `${DOMAIN}/recovery.ts`,
    patches: [
      [
        "OF_MACHINE.has(code)\n    ? spec.onFailure === 'replace'",
        'OF_MACHINE.has(code)\n    ? spec.productName !== code',
      ],
    ],
  },
  {
    name: 'a disk is told to grow again while the first request may still be carried out',
    file: `${DOMAIN}/spec-update.ts`,
    patches: [["if (last && now < effectBy(last, update.doubtUntil)) return { kind: 'wait' };", '']],
  },
  {
    name: 'an update counts as made when Novita has acknowledged it',
    file: `${DOMAIN}/spec-update.ts`,
    patches: [
      [
        "if (differing.length === 0) return { kind: 'settled' };",
        "if (differing.length === 0 || update.sent?.acknowledged) return { kind: 'settled' };",
      ],
    ],
  },
  {
    name: 'machines that fail are replaced without end',
    file: `${DOMAIN}/recovery.ts`,
    patches: [['begun: [...lately(begun, now), begunAt]', 'begun: [begunAt]']],
  },
  {
    name: 'the wait of a replacement is told and not kept',
    file: `${PLANNERS}/plan-place.ts`,
    patches: [['if (delay && now < delay.until) return rest(delay.until);', '']],
  },
  {
    name: 'a machine that could not pull its image is replaced',
    file: `${PLANNERS}/plan-run.ts`,
    patches: [["    'IMAGE_PULL_FAILED',", "    'MACHINE_FAILED',"]],
  },
  {
    name: 'a broken machine is deleted before another one is ready',
    file: `${PLANNERS}/plan-broken.ts`,
    patches: [["return isGone || failure.machine === 'release'", 'return isGone || failure.message !== ""']],
  },
  {
    name: 'a machine whose replacement begins is not counted',
    file: `${TRANSITIONS}/reclaim-transitions.ts`,
    patches: [["...(reason === 'failure' && {", "...(reason === 'requested' && {"]],
  },
  {
    name: 'an update that has failed stays in the spec',
    file: `${DOMAIN}/spec-update.ts`,
    patches: [['const back = fields.filter(', 'const back = fields.slice(0, 0).filter(']],
  },
  {
    name: 'an update by replacement changes the machine in place too',
    file: `${PLANNERS}/plan-update.ts`,
    patches: [["  if (strategy === 'replace' && state === 'pending') return null;\n", '']],
  },
  {
    name: 'a change of the machine is sent before it is on record',
    file: `${EFFECTS}/update-machine.ts`,
    patches: [
      [
        "if (!(await writeChange(store, snapshot, RECONCILER, { instance: { update: intended } }))) return 'again';",
        '',
      ],
    ],
  },
  {
    name: 'an upgrade leaves out the command',
    file: `${CLIENT}/wire/content.wire.ts`,
    patches: [["command: request.command ?? '',", "command: '',"]],
  },
];
