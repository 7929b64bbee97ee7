import { IntegerParameter } from '../../../http/query-fields.js';
import { WordField } from '../../../http/fields.js';
import { LONGEST_WAIT_SECONDS } from '../../../http/prefer.js';
import { WAIT_GOAL, type WaitGoal } from '../../../vocabulary/wait-goal.js';

export const DEFAULT_GOAL = 'ready';
export const DEFAULT_WAIT_SECONDS = 30;

/** What to wait for, and for how long. */
export class WaitQuery {
  /** The status to wait for. */
  @WordField(WAIT_GOAL, { isOptional: true, default: DEFAULT_GOAL })
  for?: WaitGoal = DEFAULT_GOAL;

  /**
   * The `generation` that a command has answered with: at least this one must have come to the status. For `ready` a replacement that is
   * under way must have ended, too. Without it whatever the instance is now counts.
   */
  @IntegerParameter({ from: 1, to: 999_999_999 })
  generation?: number;

  /** The most seconds to wait. */
  @IntegerParameter({ from: 0, to: LONGEST_WAIT_SECONDS, default: DEFAULT_WAIT_SECONDS })
  timeout?: number = DEFAULT_WAIT_SECONDS;
}
