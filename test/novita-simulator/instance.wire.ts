import { billedSeconds } from './ledger.js';
import { showsEndpoints } from './lifecycle.js';
import type { Job } from './jobs.js';
import type { Machine } from './machine.js';
import type { Switches } from './switches.js';
import type { Workload } from './workload.js';

/** What an answer about a machine needs besides the machine. */
export interface WireContext {
  switches: Switches;
  now: number;
  clusterName: (clusterId: string) => string;
  workload: Workload | undefined;
  /** The size of a network volume, in GB. */
  storageGb: (storageId: string) => number;
  /** The jobs that run on the machine. */
  jobs: Job[];
  /** `host:port` of the simulator, for addresses of logs and terminals. */
  authority: string;
}

type Wire = Record<string, unknown>;

const KEEP_DATA_DAYS = 7;
const seconds = (ms: number | null) => String(ms === null ? 0 : Math.floor(ms / 1000));

/** One element of the instance list (`InstanceSummary`). */
export function instanceSummary(machine: Machine, context: WireContext): Wire {
  const { listPortMappings } = context.switches;
  const { portMappings, ...wire } = instanceBase(machine, context, (size) => String(size));
  if (listPortMappings === 'absent') return { ...wire, ...spotFields(machine, context) };
  const mappings = listPortMappings === 'present' ? portMappings : withoutEndpoints(machine);
  return { ...wire, portMappings: mappings, ...spotFields(machine, context) };
}

/** The answer to a get (`InstanceDetail`), unwrapped. */
export function instanceDetail(machine: Machine, context: WireContext): Wire {
  const { switches } = context;
  const node = { maxRootfsSize: 1024 };
  return {
    ...instanceBase(machine, context, (size) => size),
    ...(switches.spotOnGet === 'present' ? spotFields(machine, context) : {}),
    node: switches.node === 'object' ? node : switches.node === 'array' ? [node] : null,
    ...connectComponents(machine, context),
    freeStorageSize: 60,
    keepDataDay: KEEP_DATA_DAYS,
    ...(switches.autoMigrateEcho === 'present' ? autoMigrate(machine) : {}),
  };
}

function instanceBase(machine: Machine, context: WireContext, size: (gb: number) => number | string): Wire {
  const { switches } = context;
  const noError = switches.statusError === 'null' ? null : { state: '', message: '' };
  return {
    id: machine.id,
    name: machine.name,
    clusterId: machine.clusterId,
    clusterName: context.clusterName(machine.clusterId),
    status: machine.status,
    imageUrl: machine.imageUrl,
    imageAuthId: machine.imageAuthId,
    command: machine.command,
    entrypoint: machine.entrypoint,
    cpuNum: String(machine.cpuNum),
    memory: String(machine.memoryGb),
    gpuNum: String(machine.gpuNum),
    portMappings: machine.ports.map(({ port, type }) => ({ port, endpoint: endpoint(machine, port, context), type })),
    productId: machine.productId,
    productName: machine.productName,
    rootfsSize: machine.rootfsSize,
    volumeMounts: machine.networkStorages.map(({ id, mountPath }) => ({
      type: 'network',
      size: size(context.storageGb(id)),
      id,
      mountPath,
    })),
    statusError: machine.statusError ?? noError,
    envs: machine.envs.length === 0 && switches.unsetMessages !== 'emptyObject' ? null : machine.envs,
    kind: machine.kind,
    billingMode:
      switches.billingModeEcho === 'emptyForOnDemand' && machine.billingMode === 'onDemand' ? '' : machine.billingMode,
    endTime: machine.billingMode === 'monthly' ? seconds(machine.createdAt + machine.months * 30 * 86_400_000) : '-1',
    ...(switches.undocumentedFields === 'present' ? undocumented(machine, context.now) : {}),
  };
}

function undocumented(machine: Machine, now: number): Wire {
  return {
    createdAt: seconds(machine.createdAt),
    lastStartedAt: seconds(machine.startedAt),
    lastStoppedAt: seconds(machine.stoppedAt),
    useTime: String(billedSeconds(machine, now)),
    gpuIds: machine.gpuIds,
    instancePrice: String(machine.pricePerGpuHour),
    localStoragePrice: '500',
    exitedLocalStoragePrice: '500',
    releaseDataAt: machine.status === 'exited' ? seconds(machine.statusSince + KEEP_DATA_DAYS * 86_400_000) : '0',
    version: 'v2',
    isApiInstance: !machine.foreign,
  };
}

function autoMigrate({ autoMigrateOpen, autoMigrateSystemDisk }: Machine): Wire {
  return { autoMigrateOpen, autoMigrateSystemDisk };
}

function spotFields(machine: Machine, { switches }: WireContext): Wire {
  const isHidden = machine.spotStatus !== 'terminated' && switches.noticeReclaimTime === '0';
  return { spotStatus: machine.spotStatus, spotReclaimTime: isHidden ? '0' : seconds(machine.spotReclaimAt) };
}

function connectComponents(machine: Machine, context: WireContext): Wire {
  const { switches, authority } = context;
  const runs = showsEndpoints(machine.status);
  if (!runs && switches.unsetMessages !== 'emptyObject') {
    const unset = [
      'network',
      'jobs',
      'connectComponentSSH',
      'connectComponentWebTerminal',
      'connectComponentJupyter',
      'connectComponentLog',
    ];
    const none = switches.unsetMessages === 'absent' ? {} : Object.fromEntries(unset.map((name) => [name, null]));
    return context.jobs.length === 0 ? none : { ...none, jobs: runningJobs(context) };
  }
  const ssh = runs ? endpoint(machine, 22, context) : '';
  const [host, port] = ssh.split(':');
  const jupyter = runs && machine.jupyterPort !== null ? endpoint(machine, machine.jupyterPort, context) : '';
  const logs = `http://${authority}/_sim/machines/${machine.id}/log`;
  return {
    network: { id: '', ip: '' },
    jobs: runningJobs(context),
    connectComponentSSH: {
      sshCommand: ssh === '' ? '' : `ssh -p ${port ?? ''} root@${host ?? ''}`,
      password: ssh === '' ? '' : machine.sshPassword,
      isRunning: ssh !== '',
    },
    connectComponentWebTerminal: {
      address: runs ? `ws://${authority}/_sim/machines/${machine.id}/terminal` : '',
      username: runs ? 'root' : '',
      password: runs ? machine.sshPassword : '',
      isRunning: runs,
    },
    connectComponentJupyter: {
      port: jupyter === '' ? 0 : (machine.jupyterPort ?? 0),
      address: jupyter,
      isRunning: jupyter !== '',
    },
    connectComponentLog: { systemLogAddress: logs, instanceLogAddress: runs ? logs : '', isRunning: runs },
  };
}

const runningJobs = ({ jobs }: WireContext) => jobs.map(({ id, type }) => ({ id, type }));

function endpoint(machine: Machine, port: number, { workload }: WireContext): string {
  return showsEndpoints(machine.status) ? (workload?.endpoint(port) ?? '') : '';
}

function withoutEndpoints(machine: Machine): Wire[] {
  return machine.ports.map(({ port, type }) => ({ port, type }));
}
