import type { Instance, UnreadablePart } from './instance.js';
import type { Progress } from './progress.js';
import { freshProgress } from './commands.js';

/** A row of the database that cannot be read, because its key was lost or it was changed by hand or by a fault. */

const WHAT: Record<UnreadablePart, string> = {
  envs: 'Its environment variables cannot be opened: DEPLOYMENT_SECRET is not the one that they were sealed with, or the row was changed.',
  spec: 'What was asked for cannot be read: its row in the database was changed.',
  progress: 'How far it had come cannot be read, and is found again from what Novita shows.',
  replacement: 'How far the replacement of its machine had come cannot be read: the replacement has ended.',
  update: 'What was changed last of its machine cannot be read: whether the machine has it is not known.',
};
const REMEDY =
  'No machine is bought for it; stop and delete work. Restore the secret or the row and it goes on by itself, or delete it and create it again.';

/** What is wrong with a row that cannot be read, in a sentence that a person can act on; null: nothing. */
export const unreadableMessage = (instance: Pick<Instance, 'unreadable'>): string | null => {
  const { unreadable = [] } = instance;
  if (unreadable.length === 0) return null;
  const what = unreadable.map((part) => WHAT[part]).join(' ');
  return mayBuy(instance) ? what : `${what} ${REMEDY}`;
};

/** Whether it is known what would be bought: without its variables it would be another machine than the one that was asked for. */
export const mayBuy = ({ unreadable = [] }: Pick<Instance, 'unreadable'>): boolean =>
  !unreadable.includes('envs') && !unreadable.includes('spec');

/**
 * What stands for a progress that cannot be read. With a machine, looks and probes find the rest. Without one, the instance may have
 * failed and rested: buying for it by guess would spend money that no caller asked for.
 */
export const progressFromNothing = (machineId: string | null, at: Date): Progress => ({
  ...freshProgress(at),
  failure:
    machineId === null
      ? {
          code: 'STATE_UNREADABLE',
          message:
            'How far this instance had come cannot be read: its row in the database was changed. It holds no machine. Start it to buy one, or delete it.',
          machine: 'release',
          at,
        }
      : null,
});
