/** One machine as it is in truth, whatever anybody is told. */
export interface SimMachine {
  id: string;
  name: string;
  /** The name it was born with: what was asked for. */
  bornAs: string;
  envs: { key: string; value: string }[];
  productId: string;
  clusterId: string;
  gpuNum: number;
  billingMode: 'onDemand' | 'spot';
  image: string;
  rootfsSize: number;
  ports: { port: number; protocol: 'http' | 'tcp' }[];
  status: string;
  statusError: { state: string; message: string } | null;
  spotStatus: string;
  spotReclaimTime: number;
  bornAt: number;
  /** When lists begin to show it. */
  visibleAt: number;
  /** When looks and deletes by its id begin to know it. */
  knownAt: number;
  /** When it was last heard of as running. */
  workloadAt: number;
  /** When its present run began, in virtual ms; 0: it never ran. */
  startedAt: number;
  /** Counts its runs. */
  runs: number;
  /** Counts changes of course: what was under way before is void. */
  course: number;
  removedAt: number | null;
  /** Who made it go: `us` is any DELETE over the API. */
  removedBy: 'us' | 'person' | null;
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
  'migrating',
]);

export const isAlive = ({ removedAt }: SimMachine): boolean => removedAt === null;

/** Gone, or its delete has been accepted: nothing brings it back. */
export const isOnItsWayOut = ({ status, removedAt }: SimMachine): boolean =>
  removedAt !== null || status === 'toRemove';

export const isCharged = ({ status }: SimMachine): boolean => CHARGED.has(status);

/** Changes the state and keeps the bill. */
export const enter = (machine: SimMachine, status: string, now: number): void => {
  machine.status = status;
  const isCharged = CHARGED.has(status);
  if (isCharged && machine.billedSince === null) machine.billedSince = now;
  if (!isCharged && machine.billedSince !== null) {
    machine.billedMs += now - machine.billedSince;
    machine.billedSince = null;
  }
};
