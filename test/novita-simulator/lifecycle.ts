import type { Status } from './machine.js';

/** The status that follows without action. Absent: the machine rests. */
export const NEXT_STATUS: Partial<Record<Status, Status>> = {
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
  toRemove: 'removing',
  removing: 'removed',
  migrating: 'pulling',
};

export type Action = 'start' | 'stop' | 'restart' | 'migrate';

export const ACTION_FROM: Record<Action, readonly Status[]> = {
  start: ['exited'],
  stop: ['running'],
  restart: ['running'],
  migrate: ['running', 'exited'],
};

/** Statuses in which the container of a machine exists, so that its endpoints are shown. */
const WITH_ENDPOINTS: readonly Status[] = ['running', 'toStop', 'toRestart', 'restarting'];

export function showsEndpoints(status: Status): boolean {
  return WITH_ENDPOINTS.includes(status);
}
