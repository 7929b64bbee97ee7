import type { Snapshot } from '../novita-instances/domain/instance.js';
import type { Machine, MachineMake, Observation } from '../machines/domain/machine.js';
import { attemptOf, judgeMachine, type MachineVerdict } from '../novita-instances/domain/machine-verdict.js';
import type { Offer } from '../placement/offer.js';
import { priceOf } from '../novita-instances/domain/unrecorded.js';
import type { FleetSort, KnownStranger } from '../machines/store/machine-store.js';

/**
 * What is said of a machine that is there. `foreign`: it carries no tag of ours, and is never touched. `suspected`: only its
 * environment carries one, of a create whose machine was never seen; code never touches it, and a person decides.
 */
export type ReportedVerdict = Exclude<MachineVerdict, 'gone'> | 'suspected' | 'foreign';

/** As what a machine of each verdict may stand in the database. */
export const SORTS_OF_VERDICT: Record<ReportedVerdict, FleetSort[]> = {
  bound: ['held'],
  successor: ['surplus'],
  draining: ['surplus'],
  settling: ['surplus'],
  unrecorded: ['surplus'],
  twin: ['surplus'],
  condemned: ['surplus'],
  tombstoned: ['surplus'],
  unknown: ['surplus', 'lost'],
  suspected: ['suspect'],
  // among suspects are copies of machines that are known
  foreign: ['foreign', 'suspect'],
};

export const REPORTED_VERDICTS = Object.keys(SORTS_OF_VERDICT) as ReportedVerdict[];

/** One machine of the account as an operator sees it. */
export interface MachineReport {
  machineId: string;
  /** Its name at Novita; for a machine that an instance explains, the tag of its attempt. */
  name: string | null;
  verdict: ReportedVerdict;
  instance: { id: string; name: string } | null;
  observation: Observation;
  /** Null when nobody knows. */
  make: MachineMake | null;
  /** Of the whole machine, in 1/100000 USD per hour: 0 while it is stopped, null when nobody knows. */
  pricePerHour: number | null;
  firstSeenAt: Date;
  lastSeenAt: Date;
  ignored: boolean;
}

/** Null: the machine is gone. */
export const reportOfOurs = (snapshot: Snapshot, machine: Machine): MachineReport | null => {
  const { id, name, spec } = snapshot.instance;
  const { machineId, observation, firstSeenAt, observedAt } = machine;
  const verdict = judgeMachine(snapshot, machine);
  if (verdict === 'gone') return null;
  const attempt = attemptOf(snapshot, machine);
  return {
    machineId,
    name: attempt?.tag ?? null,
    verdict,
    instance: { id, name },
    observation,
    make: attempt && {
      productId: attempt.offer.productId,
      productName: attempt.offer.productName,
      clusterId: attempt.offer.regionId,
      clusterName: attempt.offer.regionName,
      gpuNum: spec.gpuNum,
      billingMode: attempt.offer.billingMode,
      image: spec.image,
      rootfsSizeGb: spec.rootfsSizeGb,
    },
    pricePerHour: !isCharged(observation) ? 0 : attempt ? attempt.offer.pricePerGpuHour * spec.gpuNum : null,
    firstSeenAt,
    lastSeenAt: observedAt,
    ignored: false,
  };
};

/** @param owner the instance that the tag in its environment names, when there is one */
export const reportOfStranger = (stranger: KnownStranger, offers: Offer[], owner: Snapshot | null): MachineReport => {
  const { machineId, name, observation, make, firstSeenAt, lastSeenAt, ignored } = stranger;
  return {
    machineId,
    name,
    verdict: verdictOfStranger(stranger, owner),
    instance: owner && { id: owner.instance.id, name: owner.instance.name },
    observation,
    make,
    pricePerHour: isCharged(observation) ? pricePerHour(make, offers) : 0,
    firstSeenAt,
    lastSeenAt,
    ignored,
  };
};

const verdictOfStranger = (stranger: KnownStranger, owner: Snapshot | null): ReportedVerdict =>
  stranger.instanceId !== null ? 'unknown' : isSuspected(stranger, owner) ? 'suspected' : 'foreign';

/**
 * Whether it may be the machine of a create of ours, renamed by a person before it was seen once. A machine that is known for
 * the same create makes this one a copy.
 */
export const isSuspected = (
  { machineId, instanceId, envInstanceId, envAttemptNumber }: KnownStranger,
  owner: Snapshot | null,
): boolean => {
  if (instanceId !== null || envInstanceId === null) return false;
  const attempt = owner?.attempts.find(({ number }) => number === envAttemptNumber);
  const isAnother = (other: string | null): boolean => other !== null && other !== machineId;
  return (
    !isAnother(attempt?.machineId ?? null) &&
    !(
      owner?.machines.some((machine) => machine.attemptNumber === envAttemptNumber && isAnother(machine.machineId)) ??
      false
    )
  );
};

/** Of a whole machine that runs, in 1/100000 USD; null when nobody knows. */
export const pricePerHour = (
  make: Pick<MachineMake, 'productId' | 'clusterId' | 'billingMode' | 'gpuNum'>,
  offers: Offer[],
): number | null => {
  const price = priceOf(make, offers);
  return price === null || make.gpuNum === null ? null : price * make.gpuNum;
};

const isCharged = ({ state }: Observation): boolean => state !== 'exited' && state !== 'removed';
