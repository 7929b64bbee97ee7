import { plantedIn } from './suite-mutant.js';

const TIMETABLE = 'src/timetable/timetable.test.ts';
const STORES = 'test/integration/timetable-stores.test.ts';
const API = 'test/e2e/background-tasks.test.ts';
const TROUBLE = 'src/timetable/trouble.test.ts';
const TROUBLES = 'test/e2e/background-task-troubles.test.ts';

export const TIMETABLE_MUTANTS = plantedIn(
  'src/timetable',
  [
    'a lease is thought held for as long as nobody says otherwise',
    'held-lease.ts',
    'return this.clock.monotonicMs() < this.heldUntilMs;',
    'return this.heldUntilMs !== -Infinity;',
    TIMETABLE,
  ],
  [
    'a lease that cannot be renewed is held on',
    'held-lease.ts',
    'this.heldUntilMs = -Infinity;\n      this.log.warn({ err: error, lease: name }',
    'this.heldUntilMs = Infinity;\n      this.log.warn({ err: error, lease: name }',
    TIMETABLE,
  ],
  [
    'a lease is not deleted',
    'held-lease.ts',
    'await this.store.releaseLease(this.lease.name, this.holder).catch(() => undefined);',
    '',
    TIMETABLE,
  ],
  [
    'duties of the deployment are done without the lease',
    'timetable.ts',
    '() => lease === null || lease.isHeld',
    '() => lease === null || Boolean(lease)',
    TIMETABLE,
    API,
  ],
  [
    'duties wait for ever when a renewal is answered after the lease has ended',
    'timetable.ts',
    'await lease.renew();\n    if (this.isStopped || !lease.isHeld) return;',
    'const wasHeld = lease.isHeld;\n    await lease.renew();\n    if (this.isStopped || wasHeld || !lease.isHeld) return;',
    TIMETABLE,
  ],
  [
    'a task begins while it still runs',
    'task-loop.ts',
    'if (this.running) {\n      this.isRequestedAgain = true;\n      return;\n    }',
    '',
    TIMETABLE,
  ],
  [
    'a run that was asked for while the task ran is forgotten',
    'task-loop.ts',
    'if (this.running) {\n      this.isRequestedAgain = true;',
    'if (this.running) {',
    TIMETABLE,
  ],
  [
    'a run that throws ends its task',
    'task-loop.ts',
    'this.last = { ...before, error: this.logFailure(error), failuresInRow: before.failuresInRow + 1 };',
    'this.last = { ...before, error: this.logFailure(error), failuresInRow: before.failuresInRow + 1 };\n      this.stopping.abort();',
    TIMETABLE,
  ],
  [
    'a status that cannot be written ends the task',
    'task-loop.ts',
    'await this.parts.runs.record({ ...this.last, beganAt }).catch(() => undefined);',
    'await this.parts.runs.record({ ...this.last, beganAt });',
    TIMETABLE,
  ],
  [
    'a failure is told no sooner than anything else',
    'task-loop.ts',
    'if (isRare || hasTurned || this.isTimeToStore())',
    'if (isRare || this.isTimeToStore())',
    TIMETABLE,
  ],
  [
    'the status repeats what the driver said',
    'public-error-text.ts',
    'if (error instanceof DomainError) return error.message;',
    'if (error instanceof Error) return error.message;',
    TIMETABLE,
  ],
  [
    'requests to run a task are never looked for',
    'timetable.ts',
    'if (asked.includes(loop.task.name)) loop.activate();',
    'if (asked.length < 0) loop.activate();',
    TIMETABLE,
    API,
  ],
  [
    'any replica takes up what the holder of the lease was asked for',
    'timetable.ts',
    '({ task }) => task.lease && this.leases.get(task.lease.name)?.isHeld',
    '({ task }) => task.lease',
    TIMETABLE,
  ],
  [
    'a request to run a task is lost with its next status',
    'postgres-task-run-store.ts',
    'next_run_at: run.nextRunAt,\n    };',
    'next_run_at: run.nextRunAt,\n      activate_requested_at: null,\n    };',
    STORES,
  ],
  [
    'a lease may be taken from its holder',
    'postgres-lease-store.ts',
    'WHERE leases.holder = excluded.holder OR leases.expires_at < now()',
    'WHERE leases.holder = excluded.holder OR leases.expires_at > now()',
    STORES,
  ],
  [
    'a task is overdue only when it has failed too',
    'trouble.ts',
    "if (isOverdue(task, run?.beganAt ?? null, since, now)) return 'overdue';",
    "if (run && run.failuresInRow > 0 && isOverdue(task, run.beganAt, since, now)) return 'overdue';",
    TROUBLE,
    TROUBLES,
  ],
  [
    'the duties of dead processes are in trouble for ever',
    'background-tasks.service.ts',
    'const judged = runs.filter(({ process }) => process === null || process === this.replica);',
    'const judged = runs;',
    TROUBLES,
  ],
);
