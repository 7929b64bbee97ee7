import { addSeconds, latest } from '../../time/clock.js';
import type { Snapshot } from '../domain/instance.js';
import { attemptOf } from '../domain/machine-verdict.js';
import type { RunMark, SentAction } from '../domain/progress.js';
import type { Machine } from '../../machines/domain/machine.js';
import { ACTION_EFFECT_SECONDS, RESTARTS_UNSEEN } from '../domain/policy.js';
import { rest, type Step } from './step.js';

/**
 * A restart is an event: an answer does not prove it, and a lost answer does not disprove it. It is believed when a look shows
 * what only a new run brings: another start time, another address, or another state in between. A restart that a look has shown is
 * never sent again; a restart that no look shows is sent twice at the most, and then called unknown. A machine that was down when it
 * was to be restarted is started, and that is its restart; a machine that was bought since then needs none.
 */

/** So often a machine is looked at while a restart of it is to be seen. */
const CHECK_SECONDS = 1;

/** What a run of the machine can be told by. */
export const runMarkOf = ({ changedAt, observation: { startedAt, endpoints } }: Machine): RunMark => ({
  changedAt,
  startedAt,
  endpoints,
});

/** Whether the machine shows another run than it did when the mark was taken. What is not shown proves nothing. */
export const hasBegunAnew = (mark: RunMark, machine: Machine): boolean => {
  const now = runMarkOf(machine);
  if (now.changedAt > mark.changedAt) return true;
  if (now.startedAt !== null && mark.startedAt !== null && now.startedAt !== mark.startedAt) return true;
  return now.endpoints.some(({ port, address }) => {
    const before = mark.endpoints.find((endpoint) => endpoint.port === port)?.address ?? null;
    return address !== null && before !== null && address !== before;
  });
};

/** The last request for the restart that is asked for now. */
export const restartSent = ({ instance: { progress, restartGeneration } }: Snapshot): SentAction | null =>
  progress.action?.verb === 'restart' && progress.action.generation === restartGeneration ? progress.action : null;

/** Whether the run that is seen began after the restart was asked for: the machine was bought or started since. It needs no restart. */
const runsSince = (snapshot: Snapshot, machine: Machine): boolean => {
  const { action, wantedAt } = snapshot.instance.progress;
  const attempt = attemptOf(snapshot, machine);
  if (attempt && attempt.sentAt > wantedAt) return true;
  // in whole seconds: the run began in the second after it
  const startedAt = machine.observation.startedAt === null ? null : new Date(machine.observation.startedAt);
  // Novita's clock may be ahead of ours: what we have seen has changed since, too
  if (startedAt && startedAt > wantedAt && machine.changedAt > wantedAt) return true;
  const wasStarted = action?.verb === 'start' && action.sentAt >= wantedAt && machine.changedAt > action.sentAt;
  return wasStarted && (startedAt === null || addSeconds(startedAt, 1) > wantedAt);
};

/** A machine runs, and is to be restarted. */
export const stepToRestart = (snapshot: Snapshot, machine: Machine, now: Date): Step => {
  const sent = restartSent(snapshot);
  if (!sent) {
    return runsSince(snapshot, machine)
      ? { do: 'begin-run', restart: 'seen' }
      : { do: 'act', verb: 'restart', machine };
  }
  if (hasBegunAnew(sent.before ?? { changedAt: sent.sentAt, startedAt: null, endpoints: [] }, machine)) {
    return { do: 'begin-run', restart: 'seen' };
  }
  // refused, or never sent: it was not done
  if (!mayBeDone(sent)) return now >= sent.notBefore ? { do: 'act', verb: 'restart', machine } : rest(sent.notBefore);
  const effectBy = addSeconds(sent.sentAt, ACTION_EFFECT_SECONDS * 2 ** (sent.unseen - 1));
  // without an answer the request may still be under way
  const shownBy = sent.acknowledged ? effectBy : latest([effectBy, sent.notBefore]);
  if (machine.observedAt <= shownBy) return rest(addSeconds(now, CHECK_SECONDS));
  return sent.unseen < RESTARTS_UNSEEN
    ? { do: 'act', verb: 'restart', machine }
    : { do: 'begin-run', restart: 'unseen' };
};

/** Whether the last request may have been done although no look shows it. */
export const mayBeDone = ({ doubtful, acknowledged }: SentAction): boolean => acknowledged || doubtful;
