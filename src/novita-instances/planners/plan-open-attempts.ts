import { addSeconds, earliest } from '../../time/clock.js';
import { openAttempts, type Attempt, type Snapshot } from '../domain/instance.js';
import { CLEAN_PASSES_NEEDED, SENDER_MARGIN_SECONDS, type Policy } from '../domain/policy.js';
import type { Planner } from './planner.js';
import { rest, type Step } from './step.js';

/** Sweeps from before the window's end prove nothing about what came true later in it: the last one has to come after. */
const isProvedAbsent = ({ cleanPasses, lastCleanPassAt, settleAfter }: Attempt): boolean =>
  cleanPasses >= CLEAN_PASSES_NEEDED && lastCleanPassAt !== null && lastCleanPassAt >= settleAfter;

/** A create whose outcome is not known yet. Null: there is none that anything waits for. */
export const stepForOpenAttempt = (snapshot: Snapshot, now: Date, policy: Policy): Step | null => {
  const waits: Date[] = [];
  for (const attempt of openAttempts(snapshot)) {
    if (attempt.state === 'SENDING') {
      const senderDeadAt = addSeconds(attempt.sentAt, policy.requestTimeoutSeconds + SENDER_MARGIN_SECONDS);
      if (now >= senderDeadAt) return { do: 'doubt', attempt };
      waits.push(senderDeadAt);
    } else {
      if (isProvedAbsent(attempt)) return { do: 'write-off', attempt };
      waits.push(now >= attempt.settleAfter ? addSeconds(now, 2) : attempt.settleAfter);
    }
  }
  // a bound machine is deleted at once, also while another create is unaccounted for
  if (waits.length === 0 || snapshot.instance.machineId !== null) return null;
  return rest(earliest(waits));
};

/** The creates of a successor are its own, and nothing waits for them but itself. */
export const planOpenAttempts: Planner = ({ snapshot, now, policy }) =>
  snapshot.instance.replacement?.phase === 'placing' ? null : stepForOpenAttempt(snapshot, now, policy);
