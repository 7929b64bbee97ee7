import { isDeepStrictEqual } from 'node:util';
import type { Access, Machine, MachineState, Observation } from './machine.js';

/** What a look makes of what is known about a machine. `news` says whether the reconciler should hear of it. */
export interface MergedObservation {
  observation: Observation;
  access: Access | null;
  changedAt: Date;
  ranAt: Date | null;
  news: boolean;
  /** Whether anything but the time of the look differs. */
  differs: boolean;
}

/**
 * Merges a look into what is known. A list shows less than a look by id: what it leaves out stays known, as long as the machine
 * is in the run it was seen in. Addresses and passwords change at every start, so they are forgotten when it stops running.
 */
export const mergeObservation = (
  known: Pick<Machine, 'observation' | 'access' | 'changedAt' | 'ranAt' | 'missingProofs'>,
  seen: { observation: Observation; access: Access | null },
  lookedAt: Date,
): MergedObservation => {
  const sameRun = isSameRun(known.observation, seen.observation);
  const observation: Observation = {
    ...seen.observation,
    endpoints: mergeEndpoints(known.observation.endpoints, seen.observation.endpoints, sameRun),
    startedAt: seen.observation.startedAt ?? (sameRun ? known.observation.startedAt : null),
    spot:
      seen.observation.spot ??
      (sameRun || isSameRest(known.observation, seen.observation) ? known.observation.spot : null),
  };
  const stateChanged = known.observation.state !== observation.state;
  const access = seen.access ?? (sameRun ? known.access : null);
  // compared by value: what comes back from the database has its keys in another order
  const news = known.missingProofs > 0 || !isDeepStrictEqual(known.observation, observation);
  return {
    observation,
    access,
    changedAt: stateChanged ? lookedAt : known.changedAt,
    ranAt: known.ranAt ?? ranAtBy(observation, lookedAt),
    news,
    differs: news || !isDeepStrictEqual(known.access, access),
  };
};

/** A machine of which nothing was known until now. */
export const firstSeen = (
  seen: Pick<Machine, 'machineId' | 'attemptNumber' | 'observation' | 'access'>,
  lookedAt: Date,
): Machine => ({
  machineId: seen.machineId,
  attemptNumber: seen.attemptNumber,
  observation: seen.observation,
  access: seen.access,
  observedAt: lookedAt,
  changedAt: lookedAt,
  firstSeenAt: lookedAt,
  ranAt: ranAtBy(seen.observation, lookedAt),
  missingProofs: 0,
  lastMissingAt: null,
  condemnedAt: null,
  releaseAcknowledgedAt: null,
  goneAt: null,
});

/** In these a machine has not got beyond its image yet. A word that we do not know tells nothing. */
const NEVER_RAN: ReadonlySet<MachineState> = new Set([
  'queued',
  'creating',
  'pulling',
  'removing',
  'removed',
  'unknown',
]);

/** When a machine that looks so is first known to have run; null: not yet. One that failed and is down may never have. */
const ranAtBy = ({ state, failure }: Observation, lookedAt: Date): Date | null =>
  NEVER_RAN.has(state) || (state === 'exited' && failure !== null) ? null : lookedAt;

/** That a machine was taken is shown by lists only, sometimes, and stays true as long as it is down. */
const isSameRest = (known: Observation, seen: Observation): boolean =>
  known.state === 'exited' && seen.state === 'exited' && known.spot?.state === 'terminated';

const isSameRun = (known: Observation, seen: Observation): boolean =>
  known.state === 'running' &&
  seen.state === 'running' &&
  (known.startedAt === null || seen.startedAt === null || known.startedAt === seen.startedAt);

const mergeEndpoints = (known: Observation['endpoints'], seen: Observation['endpoints'], sameRun: boolean) => {
  const ports = seen.length > 0 ? seen : known;
  return ports.map((endpoint) => ({
    port: endpoint.port,
    protocol: endpoint.protocol,
    address:
      (seen.includes(endpoint) ? endpoint.address : null) ??
      (sameRun ? (known.find(({ port }) => port === endpoint.port)?.address ?? null) : null),
  }));
};
