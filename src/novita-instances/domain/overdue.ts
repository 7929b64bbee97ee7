import { addSeconds } from '../../time/clock.js';
import type { Snapshot } from './instance.js';

/**
 * What has taken far longer than it may, and of which only a person can find out more. It is told once, with what to look
 * for at Novita: ids of machines, and tags: a machine that was never seen carries its tag as its name.
 */
export interface Overdue {
  /** Names it among all that was overdue of the instance. */
  key: string;
  data: { what: 'create' | 'delete' | 'surplus-machine'; since: Date; machineIds: string[]; tags: string[] };
}

/** A create in doubt is settled within its window and a few sweeps after it. */
export const CREATE_OVERDUE_SECONDS = 900;
/** A delete takes seconds. */
export const DELETE_OVERDUE_SECONDS = 600;

/** The first thing that is overdue and has not been told; null: there is none. */
export const overdueOf = ({ instance, attempts, machines }: Snapshot, now: Date): Overdue | null => {
  const isLate = (since: Date, seconds: number): boolean => now >= addSeconds(since, seconds);
  const doubtful = attempts.filter(({ state }) => state === 'AMBIGUOUS');
  const live = machines.filter(({ goneAt }) => goneAt === null);
  const isDeleting = instance.desired === 'deleted' && instance.deletedAt === null;
  const all: Overdue[] = [
    ...doubtful
      .filter(({ settleAfter }) => isLate(settleAfter, CREATE_OVERDUE_SECONDS))
      .map(({ number, tag, sentAt }): Overdue => ({
        key: `create ${number}`,
        data: { what: 'create', since: sentAt, machineIds: [], tags: [tag] },
      })),
    ...(isDeleting && isLate(instance.progress.wantedAt, DELETE_OVERDUE_SECONDS)
      ? [
          {
            key: `delete ${instance.generation}`,
            data: {
              what: 'delete' as const,
              since: instance.progress.wantedAt,
              machineIds: live.map(({ machineId }) => machineId),
              tags: doubtful.map(({ tag }) => tag),
            },
          },
        ]
      : []),
    ...live.flatMap(({ machineId, condemnedAt }): Overdue[] =>
      condemnedAt && !isDeleting && isLate(condemnedAt, DELETE_OVERDUE_SECONDS)
        ? [
            {
              key: `machine ${machineId}`,
              data: { what: 'surplus-machine', since: condemnedAt, machineIds: [machineId], tags: [] },
            },
          ]
        : [],
    ),
  ];
  return all.find(({ key }) => !instance.progress.overdueTold.includes(key)) ?? null;
};
