import type { Machine, Status } from './machine.js';

/** The status that follows without action. Absent: the machine rests. */
const NEXT_STATUS: Partial<Record<Status, Status>> = {
  pending: 'creating',
  toCreate: 'creating',
  creating: 'pulling',
  pulling: 'running',
  toStop: 'stopping',
  stopping: 'exited',
  toStart: 'starting',
  starting: 'running',
  toRestart: 'restarting',
  restarting: 'running',
  toReset: 'resetting',
  resetting: 'pulling',
  toRemove: 'removing',
  removing: 'removed',
  migrating: 'pulling',
};

export function nextStatus({ status, releasedByReclaim }: Machine): Status | undefined {
  return status === 'exited' && releasedByReclaim ? 'removing' : NEXT_STATUS[status];
}

export type Action = 'start' | 'stop' | 'restart' | 'migrate' | 'upgrade' | 'edit' | 'saveImage' | 'setAutoMigrate';

const RESTING: readonly Status[] = ['running', 'exited'];

export const ACTION_FROM: Record<Action, readonly Status[]> = {
  start: ['exited'],
  stop: ['running'],
  restart: ['running'],
  migrate: RESTING,
  setAutoMigrate: RESTING,
  edit: RESTING,
  saveImage: RESTING,
  upgrade: [
    ...['toCreate', 'creating', 'pulling', 'running', 'exited', 'toReset', 'resetting'],
    ...['toStop', 'stopping', 'toStart', 'starting', 'toRestart', 'restarting'],
  ] as Status[],
};

/** Actions that begin a phase. */
export type Move = 'start' | 'stop' | 'restart' | 'migrate' | 'upgrade';

export const BEGINS: Record<Move, Status> = {
  start: 'toStart',
  stop: 'toStop',
  restart: 'toRestart',
  migrate: 'migrating',
  upgrade: 'toReset',
};

/** Statuses in which the container of a machine exists, so that its endpoints are shown. */
const WITH_ENDPOINTS: readonly Status[] = ['running', 'toStop', 'toRestart', 'restarting'];

export function showsEndpoints(status: Status): boolean {
  return WITH_ENDPOINTS.includes(status);
}
