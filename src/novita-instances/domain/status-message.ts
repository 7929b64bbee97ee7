import { formatUnits } from '../../money/price.js';
import { instancePhase } from './instance-phase.js';
import { type Attempt, boundMachine, type Snapshot, offerOf, openAttempts } from './instance.js';
import type { SentAction } from './progress.js';
import type { Machine } from '../../machines/domain/machine.js';
import { reclaimMessage } from './reclaim.js';
import { brokenMessage, brokenOf } from './recovery.js';
import { troubleMessage } from './reconcile-trouble.js';
import { updateMessage } from './spec-update.js';
import { unreadableMessage } from './unreadable.js';

/**
 * The sentence beside the status. Whatever moves says what it waits for, since when, what that costs, and what happens next; null
 * when the status says it all, as it does for what rests.
 */
export const statusMessage = (snapshot: Snapshot): string | null => {
  const unreadable = snapshot.instance.deletedAt ? null : unreadableMessage(snapshot.instance);
  const messages = [
    messageOfStatus(snapshot),
    reclaimMessage(snapshot),
    brokenMessage(snapshot.instance),
    updateMessage(snapshot),
    unknownRestart(snapshot),
    troubleMessage(snapshot.trouble),
    unreadable,
  ];
  return [...new Set(messages)].filter(Boolean).join(' ') || null;
};

const messageOfStatus = (snapshot: Snapshot): string | null => {
  const { instance } = snapshot;
  const { placement, failure, readiness } = instance.progress;
  const machine = boundMachine(snapshot);
  switch (instancePhase(snapshot)) {
    case 'failed':
      return sentences(failure?.message, machine && leavingAfterFailure(snapshot, machine));
    case 'pending':
    case 'waiting_capacity':
      return placement.detail ?? 'The cheapest offer that fits is being bought.';
    case 'uncertain':
      return sentences(placement.detail, ...openAttempts(snapshot).map(inDoubt));
    case 'provisioning':
    case 'pulling':
      return machine && sentences(shown(machine), costs(snapshot, machine));
    case 'starting':
    case 'recovering':
      if (!machine || brokenOf(instance)) return machine && costs(snapshot, machine);
      return sentences(sentOf(snapshot, ['start', 'restart', 'migrate']) ?? shown(machine), costs(snapshot, machine));
    case 'stopping':
      return machine
        ? sentences(
            sentOf(snapshot, ['stop']) ?? `${shown(machine)} It is stopped as soon as it runs.`,
            costs(snapshot, machine),
          )
        : sentences(...openAttempts(snapshot).map(inDoubt));
    case 'running':
      return readiness.lastFailure ?? 'The machine runs, and its workload has not answered yet.';
    case 'unready':
      return readiness.lastFailure;
    case 'deleting':
      return deleting(snapshot);
    case 'ready':
    case 'stopped':
    case 'deleted':
      return null;
  }
};

const deleting = (snapshot: Snapshot): string => {
  const left = snapshot.machines.filter(({ goneAt }) => goneAt === null);
  const open = openAttempts(snapshot);
  if (left.length === 0 && open.length === 0) return 'Nothing is left at Novita: it is deleted in a moment.';
  return (
    sentences(
      ...left.map((machine) => sentences(released(snapshot, machine), costs(snapshot, machine))),
      ...open.map(inDoubt),
    ) ?? ''
  );
};

/** A failure that leaves a machine behind which is still to be stopped or deleted. */
const leavingAfterFailure = (snapshot: Snapshot, machine: Machine): string | null => {
  if (machine.goneAt || !isCharged(machine)) return null;
  const isReleased = snapshot.instance.progress.failure?.machine === 'release';
  const trouble = isReleased ? refusedDelete(snapshot, machine) : refusalOf(snapshot, ['stop']);
  return trouble && sentences(trouble, costs(snapshot, machine));
};

/** What became of the delete of a machine. */
const released = (snapshot: Snapshot, machine: Machine): string => {
  const { machineId, releaseAcknowledgedAt, missingProofs } = machine;
  if (missingProofs > 0)
    return `Novita does not know machine ${machineId} any more: it is looked for until that is certain.`;
  if (releaseAcknowledgedAt) {
    return `Novita has acknowledged the delete of machine ${machineId} at ${iso(releaseAcknowledgedAt)}, and still shows it as "${machine.observation.statusWord}": it is over when Novita shows it no more.`;
  }
  return refusedDelete(snapshot, machine) ?? `Machine ${machineId} is being deleted.`;
};

const refusedDelete = ({ instance }: Snapshot, { machineId }: Machine): string | null => {
  const last = instance.progress.releases[machineId];
  if (!last || last.outcome === 'acknowledged' || last.outcome === 'not-found') return null;
  const { since, tries, notBefore, said, outcome } = last;
  return `Novita does not take the delete of machine ${machineId} since ${iso(since)} (${said ?? outcome}), after ${tries} ${tries === 1 ? 'try' : 'tries'}: it is asked again at ${iso(notBefore)}.`;
};

const actionOf = ({ instance: { progress } }: Snapshot, verbs: SentAction['verb'][]): SentAction | null =>
  progress.action && verbs.includes(progress.action.verb) ? progress.action : null;

const refusalOf = (snapshot: Snapshot, verbs: SentAction['verb'][]): string | null => {
  const action = actionOf(snapshot, verbs);
  if (!action?.refusal || action.acknowledged) return null;
  return `The ${action.verb} asked for at ${iso(snapshot.instance.progress.wantedAt)} is not done yet: ${ended(action.refusal)} It is tried again at ${iso(action.notBefore)}.`;
};

/** What became of the request that was sent; null: none was. */
const sentOf = (snapshot: Snapshot, verbs: SentAction['verb'][]): string | null => {
  const action = actionOf(snapshot, verbs);
  if (!action) return null;
  return action.acknowledged
    ? `Novita has acknowledged the ${action.verb} at ${iso(action.sentAt)}: a look at the machine shows when it is done.`
    : (refusalOf(snapshot, verbs) ??
        `The ${action.verb} was sent at ${iso(action.sentAt)}, and Novita has not answered yet.`);
};

const shown = ({ observation, changedAt }: Machine): string =>
  `Novita shows the machine as "${observation.statusWord}" since ${iso(changedAt)}.`;

const inDoubt = ({ number, sentAt, settleAfter }: Attempt): string =>
  `Whether create ${number} of ${iso(sentAt)} came true is not known: its machine is looked for, until ${iso(settleAfter)} and as long as Novita's list cannot be read after that. If it exists, it is billed.`;

/** Said until something else is asked for. */
const unknownRestart = ({ instance: { desired, progress } }: Snapshot): string | null => {
  const { action, restartsDone } = progress;
  if (desired !== 'running' || action?.verb !== 'restart') return null;
  if (action.generation !== restartsDone || action.unseen === 0) return null;
  return `It is not known whether the restart of ${iso(action.sentAt)} was done: Novita shows no new run of the machine. Ask again if it matters.`;
};

/** In these Novita bills the GPU. */
export const isCharged = ({ observation: { state } }: Machine): boolean =>
  state !== 'exited' && state !== 'removed' && state !== 'queued' && state !== 'creating';

const costs = (snapshot: Snapshot, machine: Machine): string | null => {
  const offer = offerOf(snapshot, machine);
  if (!offer || offer.pricePerGpuHour === 0 || !isCharged(machine)) return null;
  return `Meanwhile it costs ${formatUnits(offer.pricePerGpuHour * snapshot.instance.spec.gpuNum)} USD per hour.`;
};

const iso = (time: Date): string => time.toISOString();
const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
const sentences = (...parts: (string | null | undefined)[]): string | null => parts.filter(Boolean).join(' ') || null;
