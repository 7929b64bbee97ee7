import { formatUnits } from '../../money/price.js';
import { instancePhase } from './instance-phase.js';
import { type Attempt, boundMachine, type Facts, offerOf, openAttempts } from './instance.js';
import type { SentAction } from './progress.js';
import type { Machine } from '../../machines/domain/machine.js';
import { troubleMessage } from './reconcile-trouble.js';
import { unreadableMessage } from './unreadable.js';

/**
 * The sentence beside the status. Whatever moves says what it waits for, since when, what that costs, and what happens next; null
 * when the status says it all, as it does for what rests.
 */
export const statusMessage = (facts: Facts): string | null => {
  const unreadable = facts.instance.deletedAt ? null : unreadableMessage(facts.instance);
  const messages = [messageOfStatus(facts), unknownRestart(facts), troubleMessage(facts.trouble), unreadable];
  return [...new Set(messages)].filter(Boolean).join(' ') || null;
};

const messageOfStatus = (facts: Facts): string | null => {
  const { instance } = facts;
  const { placement, failure, readiness } = instance.progress;
  const machine = boundMachine(facts);
  switch (instancePhase(facts)) {
    case 'failed':
      return sentences(failure?.message, machine && leavingAfterFailure(facts, machine));
    case 'pending':
    case 'waiting_capacity':
      return placement.detail ?? 'The cheapest offer that fits is being bought.';
    case 'uncertain':
      return sentences(placement.detail, ...openAttempts(facts).map(inDoubt));
    case 'provisioning':
    case 'pulling':
      return machine && sentences(shown(machine), costs(facts, machine));
    case 'starting':
    case 'recovering':
      return machine && sentences(sentOf(facts, ['start', 'restart']) ?? shown(machine), costs(facts, machine));
    case 'stopping':
      return machine
        ? sentences(
            sentOf(facts, ['stop']) ?? `${shown(machine)} It is stopped as soon as it runs.`,
            costs(facts, machine),
          )
        : sentences(...openAttempts(facts).map(inDoubt));
    case 'running':
      return readiness.lastFailure ?? 'The machine runs, and its workload has not answered yet.';
    case 'unready':
      return readiness.lastFailure;
    case 'deleting':
      return deleting(facts);
    case 'ready':
    case 'stopped':
    case 'deleted':
      return null;
  }
};

const deleting = (facts: Facts): string => {
  const left = facts.machines.filter(({ goneAt }) => goneAt === null);
  const open = openAttempts(facts);
  if (left.length === 0 && open.length === 0) return 'Nothing is left at Novita: it is deleted in a moment.';
  return (
    sentences(
      ...left.map((machine) => sentences(released(facts, machine), costs(facts, machine))),
      ...open.map(inDoubt),
    ) ?? ''
  );
};

/** A failure that leaves a machine behind which is still to be stopped or given back. */
const leavingAfterFailure = (facts: Facts, machine: Machine): string | null => {
  if (machine.goneAt || !isCharged(machine)) return null;
  const isReleased = facts.instance.progress.failure?.machine === 'release';
  const trouble = isReleased ? refusedRelease(facts, machine) : refusalOf(facts, ['stop']);
  return trouble && sentences(trouble, costs(facts, machine));
};

/** What became of the delete of a machine. */
const released = (facts: Facts, machine: Machine): string => {
  const { machineId, releaseAcknowledgedAt, missingProofs } = machine;
  if (missingProofs > 0)
    return `Novita does not know machine ${machineId} any more: it is looked for until that is certain.`;
  if (releaseAcknowledgedAt) {
    return `Novita has acknowledged the delete of machine ${machineId} at ${iso(releaseAcknowledgedAt)}, and still shows it as "${machine.observation.statusWord}": it is over when Novita shows it no more.`;
  }
  return refusedRelease(facts, machine) ?? `Machine ${machineId} is being given back.`;
};

const refusedRelease = ({ instance }: Facts, { machineId }: Machine): string | null => {
  const last = instance.progress.releases[machineId];
  if (!last || last.outcome === 'acknowledged' || last.outcome === 'not-found') return null;
  const { since, tries, notBefore, said, outcome } = last;
  return `Novita does not take the delete of machine ${machineId} since ${iso(since)} (${said ?? outcome}), after ${tries} ${tries === 1 ? 'try' : 'tries'}: it is asked again at ${iso(notBefore)}.`;
};

const actionOf = ({ instance: { progress } }: Facts, verbs: SentAction['verb'][]): SentAction | null =>
  progress.action && verbs.includes(progress.action.verb) ? progress.action : null;

const refusalOf = (facts: Facts, verbs: SentAction['verb'][]): string | null => {
  const action = actionOf(facts, verbs);
  if (!action?.refusal || action.acknowledged) return null;
  return `The ${action.verb} asked for at ${iso(facts.instance.progress.wantedAt)} is not done yet: ${ended(action.refusal)} It is tried again at ${iso(action.notBefore)}.`;
};

/** What became of the request that was sent; null: none was. */
const sentOf = (facts: Facts, verbs: SentAction['verb'][]): string | null => {
  const action = actionOf(facts, verbs);
  if (!action) return null;
  return action.acknowledged
    ? `Novita has acknowledged the ${action.verb} at ${iso(action.sentAt)}: a look at the machine shows when it is done.`
    : (refusalOf(facts, verbs) ??
        `The ${action.verb} was sent at ${iso(action.sentAt)}, and Novita has not answered yet.`);
};

const shown = ({ observation, changedAt }: Machine): string =>
  `Novita shows the machine as "${observation.statusWord}" since ${iso(changedAt)}.`;

const inDoubt = ({ number, sentAt, settleAfter }: Attempt): string =>
  `Whether create ${number} of ${iso(sentAt)} came true is not known: its machine is looked for, until ${iso(settleAfter)} and as long as Novita's list cannot be read after that. If it exists, it is billed.`;

/** Said until something else is asked for. */
const unknownRestart = ({ instance: { desired, progress } }: Facts): string | null => {
  const { action, restartsDone } = progress;
  if (desired !== 'running' || action?.verb !== 'restart') return null;
  if (action.generation !== restartsDone || action.unseen === 0) return null;
  return `It is not known whether the restart of ${iso(action.sentAt)} was done: Novita shows no new run of the machine. Ask again if it matters.`;
};

/** In these Novita bills the GPU. */
const isCharged = ({ observation: { state } }: Machine): boolean =>
  state !== 'exited' && state !== 'removed' && state !== 'queued' && state !== 'creating';

const costs = (facts: Facts, machine: Machine): string | null => {
  const offer = offerOf(facts, machine);
  if (!offer || offer.pricePerGpuHour === 0 || !isCharged(machine)) return null;
  return `Meanwhile it costs ${formatUnits(offer.pricePerGpuHour * facts.instance.spec.gpuNum)} USD per hour.`;
};

const iso = (time: Date): string => time.toISOString();
const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
const sentences = (...parts: (string | null | undefined)[]): string | null => parts.filter(Boolean).join(' ') || null;
