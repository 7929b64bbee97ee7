import type { FastifyReply } from 'fastify';
import { isDatabaseOutage } from '../../http/database-outage.js';
import { leaveInFlight } from '../../http/requests-in-flight.js';
import type { InstanceAction } from '../../vocabulary/instance-action.js';
import type { WaitGoal } from '../../vocabulary/wait-goal.js';
import type { Snapshot } from '../domain/instance.js';
import type { InstanceWaits, WaitEnd } from '../waits/instance-waits.service.js';
import { patienceOf } from './patience.js';

/** What a command asks for, and `Prefer: wait` therefore waits for. */
const GOAL_OF: Readonly<Record<InstanceAction | 'create', WaitGoal>> = {
  create: 'ready',
  start: 'ready',
  restart: 'ready',
  replace: 'ready',
  update: 'ready',
  stop: 'stopped',
  delete: 'deleted',
};

/** The service did what the client prefers, with whatever result. */
const IS_APPLIED: ReadonlySet<WaitEnd['is']> = new Set(['so', 'never', 'time-up', 'gone']);

/**
 * Waits as the client prefers, until the generation of the command has come to what was asked for. The command is written already, so
 * nothing that happens here may refuse the request.
 * @returns the instance to answer with
 */
export const waitAsPreferred = async (
  waits: InstanceWaits,
  reply: FastifyReply,
  snapshot: Snapshot,
  { action, waitSeconds }: { action: InstanceAction | 'create'; waitSeconds: number | null },
): Promise<Snapshot> => {
  if (waitSeconds === null) return snapshot;
  const wish = { goal: GOAL_OF[action], generation: snapshot.instance.generation };
  leaveInFlight(reply.request);
  try {
    const outcome = await waits.until(wish, () => Promise.resolve(snapshot), patienceOf(reply, waitSeconds));
    if (IS_APPLIED.has(outcome.end.is)) void reply.header('preference-applied', `wait=${waitSeconds}`);
    return outcome.snapshot;
  } catch (error) {
    if (isDatabaseOutage(error)) return snapshot;
    throw error;
  }
};
