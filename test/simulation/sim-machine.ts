/** What Novita does to take a machine back. Times are virtual milliseconds. */
export interface SimReclaim {
  /** Goes up when the owner stops, starts or deletes the machine. What was announced before is dropped then. */
  course: number;
  noticedAt: number | null;
  /** When the notice was withdrawn. */
  calledOffAt: number | null;
  takenAt: number | null;
}

/** One machine as it really is, whatever answers say of it. */
export interface SimMachine {
  id: string;
  name: string;
  /** The name that its create asked for. */
  bornAs: string;
  envs: { key: string; value: string }[];
  productId: string;
  clusterId: string;
  gpuNum: number;
  billingMode: 'onDemand' | 'spot';
  image: string;
  command: string;
  rootfsSize: number;
  ports: { port: number; protocol: 'http' | 'tcp' }[];
  status: string;
  statusError: { state: string; message: string } | null;
  spotStatus: string;
  spotReclaimTime: number;
  reclaim: SimReclaim;
  /** How often Novita has made its container anew, and has changed its ports or disk. */
  upgrades: number;
  edits: number;
  bornAt: number;
  /** When lists begin to show it. */
  visibleAt: number;
  /** When requests by its id begin to find it. */
  knownAt: number;
  /** When its workload begins to answer, in virtual ms. Infinity: not in this run. */
  workloadAt: number;
  /** When its present run began, in virtual ms; 0: it never ran. */
  startedAt: number;
  /** How many times it began to run. */
  runs: number;
  /** Goes up when a request or a person redirects it. What was under way before is dropped then. */
  course: number;
  removedAt: number | null;
  /** Who removed it. `us`: a delete over the API. */
  removedBy: 'us' | 'person' | 'novita' | null;
  /** Whether it belongs to somebody else. */
  foreign: boolean;
  billedSince: number | null;
  billedMs: number;
}

const CHARGED = new Set([
  'pulling',
  'running',
  'toStop',
  'stopping',
  'toStart',
  'starting',
  'toRestart',
  'restarting',
  'toReset',
  'migrating',
]);

export const isAlive = ({ removedAt }: SimMachine): boolean => removedAt === null;

/** Gone, or its delete has been accepted: nothing brings it back. */
export const isOnItsWayOut = ({ status, removedAt }: SimMachine): boolean =>
  removedAt !== null || status === 'toRemove';

export const isCharged = ({ status }: SimMachine): boolean => CHARGED.has(status);

/** Changes the status, and keeps the bill with it. */
export const enter = (machine: SimMachine, status: string, now: number): void => {
  machine.status = status;
  const isCharged = CHARGED.has(status);
  if (isCharged && machine.billedSince === null) machine.billedSince = now;
  if (!isCharged && machine.billedSince !== null) {
    machine.billedMs += now - machine.billedSince;
    machine.billedSince = null;
  }
};
