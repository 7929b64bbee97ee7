import { codecOf } from '../../database/stored-json.js';
import { fieldsOf } from '../../database/read-json.js';
import { addSeconds } from '../../time/clock.js';
import { ProgressShape } from '../domain/progress.js';

/** Progress as earlier releases stored it: a sum instead of the spans, and less about actions and deletes. */
const upgradeProgress = (json: unknown): unknown => {
  const progress = fieldsOf(json);
  const action = progress['action'];
  const { heldSeconds, ...placement } = fieldsOf(progress['placement']);
  return {
    ...progress,
    placement,
    heldUp: progress['heldUp'] ?? heldAsOneSpan(placement['since'], Number(heldSeconds)),
    action: action === null ? null : upgradeAction(fieldsOf(action), progress),
    releases: Object.fromEntries(
      Object.entries(fieldsOf(progress['releases'])).map(([machineId, last]) => [
        machineId,
        { since: progress['wantedAt'], ...fieldsOf(last) },
      ]),
    ),
  };
};

/** What is one span at the beginning: its length is all that matters. */
const heldAsOneSpan = (since: unknown, seconds: number): unknown[] => {
  if (!(seconds > 0)) return [];
  const from = new Date(String(since));
  return [{ from: from.toISOString(), to: addSeconds(from, seconds).toISOString() }];
};

const upgradeAction = (action: Record<string, unknown>, { restartsDone }: Record<string, unknown>): unknown => {
  const isUnseen = action['acknowledged'] === true && Number(action['generation']) > Number(restartsDone);
  return { unseen: isUnseen ? 1 : 0, ...action };
};

export const PROGRESS_CODEC = codecOf(ProgressShape, upgradeProgress);
