import type { Attempt, Snapshot } from '../../../src/novita-instances/domain/instance.js';
import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

/** Said here and not taken from the core, so that a core that changes its mind does not change the law. */
const MOST_IN_DOUBT = 3;

/** Other creates of the same placement whose answers were lost, or are still to come. */
const inDoubtBeside = (attempt: Attempt, { instance, attempts }: Snapshot): Attempt[] => {
  const { replacement, progress } = instance;
  const isOfSuccessor = replacement !== null && attempt.number >= replacement.firstAttempt;
  const { since } = isOfSuccessor ? replacement.placement : progress.placement;
  return attempts.filter(
    ({ number, state, sentAt }) =>
      number !== attempt.number &&
      sentAt >= since &&
      (state === 'ABSENT' || state === 'AMBIGUOUS' || state === 'SENDING'),
  );
};

export const fewInDoubt: Law = {
  name: 'few-in-doubt',
  sentence:
    'No create follows three others of its placement whose answers were lost. With `onAmbiguous: fail` it follows none.',
  excuses: [databaseWentBack],
  checks: {
    *recordedCreateLeaves({ name, attempt, snapshot }, scene) {
      if (databaseWentBack.applies(scene)) return;
      const inDoubt = inDoubtBeside(attempt, snapshot).length;
      if (inDoubt >= MOST_IN_DOUBT) yield `${name} follows ${inDoubt} in doubt`;
      if (snapshot.instance.spec.onAmbiguous === 'fail' && inDoubt > 0) {
        yield `${name} follows a create in doubt, and the caller wanted none to follow`;
      }
    },
  },
};
