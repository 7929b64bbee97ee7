import { addSeconds } from '../../src/time/clock.js';
import { NEW_GUARD, type Guard } from '../../src/machines/domain/fleet-guard.js';
import type { Policy } from '../../src/novita-instances/domain/policy.js';
import { instancePhase } from '../../src/novita-instances/domain/instance-phase.js';
import type { Attempt, Snapshot, Instance } from '../../src/novita-instances/domain/instance.js';
import { BLANK_SPEC, type InstanceSpec } from '../../src/novita-instances/domain/instance-spec.js';
import type { Progress, SentAction } from '../../src/novita-instances/domain/progress.js';
import type { Machine, MachineMake, MachineState } from '../../src/machines/domain/machine.js';
import { ShownContent } from '../../src/novita-api/machine-content.js';
import { newInstance } from '../../src/novita-instances/domain/commands.js';

/** Builders of snapshots for tests: an ordinary instance, and what is out of the ordinary about it. */

export const T0 = new Date('2026-01-01T00:00:00.000Z');
export const at = (seconds: number): Date => addSeconds(T0, seconds);

export const POLICY: Policy = {
  createsEnabled: true,
  drainSeconds: 30,
  maxReplacementsPerHour: 3,
  requestTimeoutSeconds: 30,
  createSettleSeconds: 120,
  capacityTimeoutSeconds: 3600,
  outOfStockSeconds: 120,
  provisionTimeoutSeconds: 1800,
  startTimeoutSeconds: 900,
  stopTimeoutSeconds: 600,
  readinessTimeoutSeconds: 600,
  reportOnlyUntil: null,
};

/** A guard that holds nothing. */
export const OPEN: Guard = { ...NEW_GUARD, verifiedAt: at(1e9) };

export const INSTANCE_ID = 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV';

export const aSpec = (changes: Partial<InstanceSpec> = {}): InstanceSpec => ({
  ...BLANK_SPEC,
  productName: 'RTX 4090 24GB',
  image: 'example/image:1',
  ports: [{ port: 8188, protocol: 'http' }],
  rootfsSizeGb: 60,
  billingMode: 'spot',
  ...changes,
});

export const anInstance = (
  changes: Partial<Omit<Instance, 'progress'>> = {},
  progress: Partial<Progress> = {},
): Instance => {
  const instance = newInstance(INSTANCE_ID, 'one', aSpec(), T0);
  return { ...instance, ...changes, progress: { ...instance.progress, ...progress } };
};

export const anAttempt = (changes: Partial<Attempt> = {}): Attempt => ({
  number: 1,
  tag: 'nvt-tag',
  round: 1,
  offer: {
    productId: '4090.16c62g',
    productName: 'RTX 4090 24GB',
    regionId: 'us-ca-6',
    regionName: 'US-CA-06 (California)',
    billingMode: 'spot',
    pricePerGpuHour: 18_000,
  },
  state: 'ACCEPTED',
  reason: null,
  message: null,
  machineId: 'm1',
  sentAt: T0,
  settleAfter: at(120),
  decidedAt: T0,
  cleanPasses: 0,
  lastCleanPassAt: null,
  ...changes,
});

const RAN: ReadonlySet<MachineState> = new Set(['starting', 'running', 'stopping', 'exited', 'migrating', 'freezing']);

export const aMachine = (state: MachineState, changes: Partial<Machine> = {}): Machine => ({
  machineId: 'm1',
  attemptNumber: 1,
  observation: {
    state,
    statusWord: state,
    failure: null,
    endpoints: [{ port: 8188, protocol: 'http', address: state === 'running' ? 'http://127.0.0.1:9' : null }],
    startedAt: null,
    spot: null,
  },
  access: null,
  observedAt: T0,
  changedAt: T0,
  firstSeenAt: T0,
  missingProofs: 0,
  lastMissingAt: null,
  ranAt: RAN.has(state) ? T0 : null,
  condemnedAt: null,
  releaseAcknowledgedAt: null,
  goneAt: null,
  ...changes,
});

/** A start that Novita has acknowledged. */
export const aSentAction = (changes: Partial<SentAction> = {}): SentAction => ({
  verb: 'start',
  generation: 1,
  sentAt: at(10),
  acknowledged: true,
  tries: 1,
  acknowledgements: 1,
  notBefore: at(40),
  refusal: null,
  isPassing: false,
  doubtful: false,
  unseen: 1,
  before: null,
  ...changes,
});

/** Of a machine of which Novita says nothing. */
/** What a look shows that tells nothing of the content. */
export const NOTHING_SHOWN = new ShownContent(
  {
    image: undefined,
    registryAuthId: undefined,
    command: undefined,
    entrypoint: undefined,
    envs: undefined,
    ports: undefined,
    rootfsSizeGb: undefined,
  },
  null,
);

export const UNKNOWN_MAKE = {
  productId: null,
  productName: null,
  clusterId: null,
  clusterName: null,
  gpuNum: null,
  billingMode: null,
  image: null,
  rootfsSizeGb: null,
} satisfies MachineMake;

/** A snapshot whose callers have been told the status already, so that the plan is about the machine. */
export const told = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  instance: { ...snapshot.instance, toldStatus: instancePhase(snapshot) },
});

/** An instance that holds machine `m1`. */
export const holding = (machine: Machine, instance: Instance = anInstance()): Snapshot =>
  told({ instance: { ...instance, machineId: machine.machineId }, attempts: [anAttempt()], machines: [machine] });
