import type { Facts, Machine, MachineMake, Observation } from '../domain/instance.js';
import { attemptOf, judgeMachine, type MachineVerdict } from '../domain/machine-verdict.js';
import type { Offer } from '../domain/placement.js';
import { priceOf } from '../domain/unrecorded.js';
import type { FleetSort, KnownStranger } from '../store/instance-store.js';

/** What is said of a machine that is there. `foreign`: it carries no tag of ours, and is never touched. */
export type ReportedVerdict = Exclude<MachineVerdict, 'gone'> | 'foreign';

/** As what a machine of each verdict may stand in the database. */
export const SORTS_OF_VERDICT: Record<ReportedVerdict, FleetSort[]> = {
  bound: ['held'],
  settling: ['stray'],
  unrecorded: ['stray'],
  twin: ['stray'],
  condemned: ['stray'],
  tombstoned: ['stray'],
  unknown: ['stray', 'lost'],
  foreign: ['foreign'],
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
export const reportOfOurs = (facts: Facts, machine: Machine): MachineReport | null => {
  const { id, name, spec } = facts.instance;
  const { machineId, observation, firstSeenAt, observedAt } = machine;
  const verdict = judgeMachine(facts, machine);
  if (verdict === 'gone') return null;
  const attempt = attemptOf(facts, machine);
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

export const reportOfStranger = (stranger: KnownStranger, offers: Offer[]): MachineReport => {
  const { machineId, name, observation, make, firstSeenAt, lastSeenAt, ignored } = stranger;
  return {
    machineId,
    name,
    verdict: stranger.instanceId === null ? 'foreign' : 'unknown',
    instance: null,
    observation,
    make,
    pricePerHour: isCharged(observation) ? pricePerHour(make, offers) : 0,
    firstSeenAt,
    lastSeenAt,
    ignored,
  };
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
