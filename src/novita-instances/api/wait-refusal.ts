import { DomainError } from '../../errors/domain-error.js';
import type { ErrorCode } from '../../errors/error-codes.js';
import type { WaitGoal } from '../../vocabulary/wait-goal.js';
import { instancePhase } from '../domain/instance-phase.js';
import type { WaitOutcome } from '../waits/instance-waits.service.js';
import { instanceView } from './instance.view.js';

const CODES = {
  failed: 'INSTANCE_FAILED',
  stopped: 'INSTANCE_STOPPED',
  deleted: 'INSTANCE_DELETED',
} as const satisfies Record<string, ErrorCode>;
const RETRY_SECONDS = 1;
const FULL_RETRY_SECONDS = 5;

/** @throws DomainError when the wait did not end with what was waited for */
export const assertSo = (
  { end, snapshot }: WaitOutcome,
  { goal, seconds }: { goal: WaitGoal; seconds: number },
): void => {
  const status = instancePhase(snapshot);
  const name = `instance "${snapshot.instance.name}"`;
  const instanceId = snapshot.instance.id;
  const shown = (): object => instanceView(snapshot, { secrets: false });
  switch (end.is) {
    // the client is gone, so the answer has no reader
    case 'gone':
    case 'so':
      return;
    case 'never':
      throw new DomainError(
        CODES[end.because],
        `The ${name} is ${status}, and becomes ${goal} only after another command.`,
        {
          instanceId,
          instanceState: shown(),
        },
      );
    case 'time-up':
      throw new DomainError('WAIT_TIMED_OUT', `After ${seconds} s the ${name} is ${status}, not ${goal}.`, {
        instanceId,
        instanceState: shown(),
      });
    case 'ending':
      throw new DomainError('SERVICE_UNAVAILABLE', 'The service is shutting down.', {
        retryAfterSeconds: RETRY_SECONDS,
      });
    case 'full':
      throw new DomainError('TOO_MANY_OPEN_REQUESTS', 'As many requests as this replica allows wait for instances.', {
        retryAfterSeconds: FULL_RETRY_SECONDS,
      });
  }
};
