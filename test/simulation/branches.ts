import { LOST_COMMITS } from './laws/true-alarm.js';

/**
 * Places from which the core has to recover, each with the counters that are added up for it. A run that never came to such a place
 * has proved nothing about it. `docs/proofs.md` says what each of them means.
 */
export const BRANCHES: Record<string, readonly string[]> = {
  'a machine adopted by its tag': ['event placement.adopted'],
  'a create written off': ['event placement.absent'],
  'a dead sender doubted': ['step doubt'],
  'a surplus machine condemned': ['event machine.condemned'],
  'a create that did not leave': ['event placement.not_sent'],
  'a create refused': ['event placement.rejected'],
  'a delete of unknown outcome': ['event machine.delete_ambiguous'],
  'a stop of unknown outcome': ['event machine.stop_ambiguous'],
  'a start of unknown outcome': ['event machine.start_ambiguous'],
  'a restart seen': ['event machine.restarted'],
  'a restart that nothing shows': ['event machine.restart_unknown'],
  'a machine lost': ['failed MACHINE_LOST'],
  'a lost machine found': ['event machine.found'],
  'a machine failed': ['failed MACHINE_FAILED'],
  'a machine that never ran deleted': ['failed PROVISION_TIMEOUT'],
  'a workload that never answered': ['failed READINESS_TIMEOUT'],
  'too many unanswered creates': ['failed CREATE_UNCERTAIN'],
  'buying held': ['step hold'],
  'no capacity': ['event placement.no_capacity'],
  'a version conflict': ['version conflict'],
  'a commit of unknown outcome': ['commit of unknown outcome'],
  'a database that refused': ['store refused'],
  'a create replayed by its key': ['create replayed'],
  'a command replayed by its key': ['command replayed'],
  'a create over the limits of its project': ['over a limit'],
  'a command of another project': ['command of another project refused'],
  'a machine replaced': ['event replacement.finished'],
  'a replacement that failed': ['event replacement.failed'],
  'a job redelivered': ['job redelivered'],
  'a job delivered twice': ['job delivered twice'],
  'a stale worker back': ['stale worker came back'],
  'frozen for unknown machines or a restored database': ['frozen: unknown-machines', 'frozen: restored-database'],
  'frozen for too many kills': ['frozen: kill-rate'],
  'frozen for a vanished fleet': ['frozen: fleet-vanished'],
  'lost commits noticed': [LOST_COMMITS],
  'a background task that failed and went on': ['background task failed'],
  'an instance forgotten': ['instance forgotten'],
  'a late answer of the database': ['store answered late'],
  'a machine adopted by an operator': ['person adopts'],
  'a machine deleted by an operator': ['person terminates'],
  'a create that an operator calls absent': ['event placement.declared_absent'],
  'a machine that an operator calls gone': ['event machine.declared_gone'],
  'an instance made around a machine': ['event instance.recovered'],
  'a process that died while sending a create': ['died after send create', 'died before send create'],
  'a process that died while sending a delete': ['died after send delete', 'died before send delete'],
  'a process that died at a commit': ['died after store commit', 'died before store commit'],
  'a machine deleted in the console': ['person-deletes'],
  'a machine renamed in the console': ['person-renames'],
  'a machine copied in the console': ['person-copies'],
  'Novita away': ['spell outage'],
  'the key revoked': ['spell key-revoked'],
  'no balance': ['spell no-balance'],
  'the database away': ['spell database-away'],
  'the database restored from a backup': ['database restored from a backup'],
  'the database without its last commits': ['database lost its last commits'],
  'a second machine for a while': ['transient twin'],
  'the clock of the database ahead or back for a while': ['the clock of the database jumped'],
};

export const LEAST_TIMES = 100;

export const countBranches = (counts: ReadonlyMap<string, number>): { branch: string; times: number }[] =>
  Object.entries(BRANCHES).map(([branch, counters]) => ({
    branch,
    times: counters.reduce((sum, counter) => sum + (counts.get(counter) ?? 0), 0),
  }));
