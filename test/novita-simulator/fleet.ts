import { drawMs, drawPhaseMs, type BootTimes } from './boot-times.js';
import { meter } from './ledger.js';
import type { JobBook } from './jobs.js';
import type { Journal } from './journal.js';
import { ACTION_FROM, BEGINS, nextStatus, type Action, type Move } from './lifecycle.js';
import type { Machine, MachineRequest, PortRequest, Status } from './machine.js';
import { Refusal } from './refusal.js';
import type { SeededRandom } from './seeded-random.js';
import type { SimulatorClock } from './simulator-clock.js';
import type { Stock } from './stock.js';
import type { Switches } from './switches.js';
import { Timers } from './timers.js';
import { Workload } from './workload.js';

export interface FleetSetting {
  /** auto: phases end by timers. explicit: only {@link Fleet.advance} ends them. */
  mode: 'auto' | 'explicit';
  timeFactor: number;
  bootTimes: BootTimes;
  switches: Switches;
  clock: SimulatorClock;
  random: SeededRandom;
  stock: Stock;
  journal: Journal;
  jobs: JobBook;
  /** Whether the machine's image is on the nodes already. */
  isPrewarmed: (machine: Machine) => boolean;
  workloadHost: string;
  /** Called after each change, for the state file. */
  changed: () => void;
}

/** How busy a machine is, unless a test says otherwise. */
const BUSY = { cpuPercent: 30, memoryPercent: 31, diskPercent: 22, gpuPercent: 88, gpuMemoryPercent: 70 };

/** For machines in a state file of an earlier release. */
const laterFields = () => ({
  pricePerGpuMonth: 0,
  releasedByReclaim: false,
  diskGeneration: 1,
  autoMigrateOpen: false,
  autoMigrateSystemDisk: false,
  runs: [] as Machine['runs'],
  usage: { ...BUSY },
});

const HOUR_MS = 3_600_000;

/** The share of a pull that is left when the image is on the node. */
const PREWARMED_SHARE = 0.1;

const BOOTING: readonly Status[] = ['pending', 'toCreate', 'creating', 'pulling'];

/** All machines, and what happens to them. Every change of status goes through {@link moveTo}. */
export class Fleet {
  readonly machines = new Map<string, Machine>();
  readonly workloads = new Map<string, Workload>();
  nextBootFailure: { state: string; message: string } | null = null;

  readonly timers: Timers;
  /** Counts the changes of each machine, so that a waiter can tell whether the machine changed meanwhile. */
  private readonly moves = new Map<string, number>();

  constructor(private readonly setting: FleetSetting) {
    this.timers = new Timers(setting.clock);
  }

  /** Reserves stock and begins the boot. Throws a {@link Refusal} when no node has room. */
  create(request: MachineRequest, foreign = false): Machine {
    const { clock, random, stock, switches } = this.setting;
    const clusterId = this.place(request, stock);
    const id = this.newId();
    const machine: Machine = {
      ...laterFields(),
      ...request,
      id,
      clusterId,
      foreign,
      status: switches.firstStatus,
      statusSince: clock.now(),
      phaseEndsAt: null,
      statusError: null,
      bootFailure: request.imageUrl.startsWith('broken/')
        ? { state: 'PullImageFailed', message: 'manifest unknown' }
        : this.nextBootFailure,
      spotStatus: '',
      spotReclaimAt: null,
      gpuIds: Array.from({ length: request.gpuNum }, (_, index) => index),
      holdsGpus: request.kind === 'gpu',
      sshPassword: random.text(10, 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'),
      createdAt: clock.now(),
      startedAt: null,
      stoppedAt: null,
      removedAt: null,
      deleteRequestedAt: null,
      deleteConfirmedAt: null,
      goneAt: null,
      workloadUpAt: null,
      segments: [],
    };
    this.nextBootFailure = null;
    this.machines.set(id, machine);
    this.setting.journal.write({ what: 'made', at: clock.now(), machineId: id, name: machine.name, foreign });
    this.moveTo(machine, switches.firstStatus);
    return machine;
  }

  /** Begins a phase. Throws a {@link Refusal} when the machine may not, or without room. */
  act(machine: Machine, move: Move): void {
    this.expectAllowed(machine, move);
    if (move === 'start' || move === 'migrate' || move === 'upgrade') this.takeAgain(machine, move);
    machine.statusError = null;
    this.moveTo(machine, BEGINS[move]);
  }

  /** Throws the {@link Refusal} when the machine may not do this now. */
  expectAllowed(machine: Machine, action: Action): void {
    const { switches, jobs } = this.setting;
    if (!ACTION_FROM[action].includes(machine.status) || (machine.status === 'exited' && machine.releasedByReclaim)) {
      throw new Refusal(400, switches.invalidStateReason, 'invalid state change');
    }
    if (switches.actionsDuringJob === 'refused' && jobs.runningOf(machine.id).length > 0) {
      throw new Refusal(400, 'CONFLICT', 'a job is running on the instance');
    }
    const isTaken =
      machine.spotStatus === 'notified' ||
      (machine.spotStatus === 'reclaiming' && switches.migrateUnderNotice === 'refused');
    if (isTaken && (action === 'migrate' || action === 'setAutoMigrate')) {
      throw new Refusal(400, 'CONFLICT', 'the instance is being reclaimed');
    }
  }

  /** Deletes from any state; a second delete changes nothing. */
  delete(machine: Machine): void {
    if (machine.billingMode === 'monthly') {
      throw new Refusal(400, 'PREPAID_INSTANCE_NOT_SUPPORT_RELEASE', 'a prepaid instance cannot be released');
    }
    machine.deleteRequestedAt ??= this.setting.clock.now();
    if (machine.status === 'toRemove' || machine.status === 'removing' || machine.status === 'removed') return;
    this.moveTo(machine, this.setting.switches.deletedMachine === 'goneAtOnce' ? 'removed' : 'toRemove');
  }

  /** Ends the current phase. The next status follows; for `running` the workload comes up; a removed machine is gone. */
  async step(machine: Machine): Promise<void> {
    const next = nextStatus(machine);
    if (machine.status === 'running') this.bringWorkloadUp(machine);
    else if (machine.status === 'removed') machine.goneAt = this.setting.clock.now();
    else if (next === undefined || this.isStuck(machine)) return;
    else if (machine.status === 'pulling' && machine.bootFailure !== null) this.failBoot(machine, machine.bootFailure);
    else if (next === 'running') await this.arrive(machine);
    else this.moveTo(machine, next);
    this.setting.changed();
  }

  /** Ends phases until a status is reached. `answering`: running with its workload up. Throws when no path leads there. */
  async advance(machine: Machine, to?: Status | 'answering' | 'gone'): Promise<void> {
    if (to === undefined) return this.step(machine);
    for (let steps = 0; steps < 10; steps += 1) {
      if (machine.status === to || (to === 'answering' && this.workloads.get(machine.id)?.isUp === true)) return;
      if (to === 'gone' && machine.goneAt !== null) return;
      await this.step(machine);
    }
    throw new Error(`machine ${machine.id} is ${machine.status} and does not come to ${to} by itself`);
  }

  failBoot(machine: Machine, failure: { state: string; message: string }): void {
    machine.statusError = failure;
    machine.bootFailure = null;
    this.timers.cancel(machine.id);
    machine.phaseEndsAt = null;
    if (this.setting.switches.failedCreation === 'exited') this.moveTo(machine, 'exited');
    this.setting.changed();
  }

  /** Other ports for a machine, without a restart. */
  changePorts(machine: Machine, ports: PortRequest[]): void {
    machine.ports = ports;
    const workload = this.workloads.get(machine.id);
    if (workload !== undefined) this.timers.track(workload.changePorts(ports));
  }

  /** What decides how long something takes. */
  get pace(): Pick<FleetSetting, 'bootTimes' | 'random' | 'timeFactor'> {
    return this.setting;
  }

  /** To be called after a change that is none of a status, so that it is stored. */
  changed(): void {
    this.setting.changed();
  }

  /** Stops running machines since the budget is used up: now, or at the end of the hour of each, or not. */
  endByBudget(): void {
    const { clock, switches, timeFactor } = this.setting;
    if (switches.usedUpBudget === 'goesOn') return;
    for (const machine of this.machines.values()) {
      if (machine.status !== 'running' || machine.foreign) continue;
      const ranMs = clock.now() - (machine.startedAt ?? clock.now());
      const hourMs = HOUR_MS / timeFactor;
      const waitMs = switches.usedUpBudget === 'stopsAtOnce' ? 0 : hourMs - (ranMs % hourMs);
      this.timers.set(`${machine.id}:budget`, waitMs, () => {
        if (machine.status === 'running') this.moveTo(machine, 'toStop');
      });
    }
  }

  /** A fault of the node: the machine moves at once if it was allowed to, and otherwise after some days. */
  breakNode(machine: Machine): void {
    const { bootTimes, random, timeFactor } = this.setting;
    const waitMs = machine.autoMigrateOpen ? 0 : drawMs(bootTimes.untilMoved, random, timeFactor);
    this.timers.set(`${machine.id}:fault`, waitMs, () => {
      if (machine.status !== 'running') return;
      this.setting.jobs.open(machine.id, 'autoInstanceMigrate', 0, null);
      if (!machine.autoMigrateOpen) machine.diskGeneration += 1;
      this.moveTo(machine, 'migrating');
    });
  }

  /** The only place where a status changes. Billing, stock, workload and timer follow it. */
  moveTo(machine: Machine, status: Status): void {
    const { clock, journal, mode, stock, switches, bootTimes, random, timeFactor } = this.setting;
    const now = clock.now();
    this.moves.set(machine.id, (this.moves.get(machine.id) ?? 0) + 1);
    this.timers.cancel(machine.id);
    machine.status = status;
    machine.statusSince = now;
    journal.write({ what: 'status', at: now, machineId: machine.id, status });
    meter(machine, now);
    for (const run of machine.runs) run.to ??= now;
    if (status === 'running') {
      machine.startedAt = now;
      machine.runs.push({ from: now, to: null });
      this.setting.jobs.endMoves(machine.id, 'success');
    } else this.takeWorkloadDown(machine, status === 'toStop' || status === 'toRestart' || status === 'restarting');
    if (status === 'running' && machine.billingMode === 'spot') {
      machine.spotStatus = 'running';
      machine.spotReclaimAt = null;
      machine.releasedByReclaim = false;
    }
    if (status === 'exited' || status === 'removed') {
      machine.stoppedAt = now;
      if (machine.holdsGpus) stock.release(machine.productId, machine.clusterId, machine.gpuNum);
      machine.holdsGpus = false;
      this.timers.cancel(`${machine.id}:reclaim`);
      this.timers.cancel(`${machine.id}:fault`);
      this.setting.jobs.endMoves(machine.id, 'fail');
      if (machine.spotStatus !== 'terminated' && machine.billingMode === 'spot') {
        machine.spotStatus = switches.spotStatusAfterStop;
        machine.spotReclaimAt = null;
      }
    }
    if (status === 'removed') {
      machine.removedAt = now;
      this.setting.jobs.endAll(machine.id);
      if (switches.deletedMachine === 'goneAtOnce') machine.goneAt = now;
      else if (mode === 'auto') machine.goneAt = now + drawMs(bootTimes.lingering, random, timeFactor);
    }
    this.armPhase(machine);
    this.setting.changed();
  }

  /** Restores machines from a state file. Their timers and workloads start again. */
  async resume(machines: Machine[]): Promise<void> {
    for (const saved of machines) {
      const machine = { ...laterFields(), ...saved };
      this.machines.set(machine.id, machine);
      if (machine.status === 'running') {
        this.workloads.set(machine.id, await this.openWorkload(machine));
        if (machine.workloadUpAt !== null) this.workloads.get(machine.id)?.comeUp();
      } else if (machine.status === 'toRestart' || machine.status === 'restarting' || machine.status === 'toStop') {
        this.workloads.set(machine.id, await this.openWorkload(machine));
      }
      if (machine.phaseEndsAt !== null) this.armPhase(machine, machine.phaseEndsAt);
    }
  }

  async close(): Promise<void> {
    await this.timers.close();
    await Promise.all([...this.workloads.values()].map((workload) => workload.stopListening()));
    this.workloads.clear();
  }

  private place(request: MachineRequest, stock: Stock): string {
    if (request.kind === 'cpu') return request.clusterId ?? '';
    const clusterId = stock.take(request.productId, request.clusterId, request.gpuNum);
    if (clusterId === null) throw this.outOfStock('INSUFFICIENT_RESOURCE');
    return clusterId;
  }

  private takeAgain(machine: Machine, move: Move): void {
    if (machine.kind === 'cpu' || machine.holdsGpus) return;
    if (this.setting.stock.take(machine.productId, machine.clusterId, machine.gpuNum) === null) {
      throw this.outOfStock(move === 'migrate' ? 'MIGRATE_INSUFFICIENT_RESOURCE' : 'INSUFFICIENT_RESOURCE');
    }
    machine.holdsGpus = true;
  }

  private outOfStock(reason: string): Refusal {
    const message = `${reason}: no node has enough free GPUs for this product`;
    return new Refusal(400, this.setting.switches.outOfStock === 'inReason' ? reason : 'UNKNOWN', message);
  }

  private newId(): string {
    let id = this.setting.random.text(16, '0123456789abcdef');
    while (this.machines.has(id)) id = this.setting.random.text(16, '0123456789abcdef');
    return id;
  }

  /** A failed boot that, by a switch, stays in its status. */
  private isStuck(machine: Machine): boolean {
    return machine.statusError !== null && BOOTING.includes(machine.status);
  }

  private openWorkload(machine: Machine): Promise<Workload> {
    return Workload.open(machine.name, this.setting.workloadHost, machine.ports);
  }

  /** Opens the ports and enters `running`, unless the machine changed meanwhile (a delete during its start). */
  private async arrive(machine: Machine): Promise<void> {
    const moves = this.moves.get(machine.id);
    if (!this.workloads.has(machine.id)) {
      const workload = await this.openWorkload(machine);
      if (this.moves.get(machine.id) !== moves) return workload.stopListening();
      this.workloads.set(machine.id, workload);
    }
    this.moveTo(machine, 'running');
  }

  private bringWorkloadUp(machine: Machine): void {
    const workload = this.workloads.get(machine.id);
    if (workload === undefined || workload.isUp) return;
    this.timers.cancel(machine.id);
    machine.phaseEndsAt = null;
    workload.comeUp();
    machine.workloadUpAt = this.setting.clock.now();
  }

  private takeWorkloadDown(machine: Machine, keepPorts: boolean): void {
    const workload = this.workloads.get(machine.id);
    if (machine.status === 'toStop' || machine.status === 'toRestart' || workload === undefined) return;
    machine.workloadUpAt = null;
    workload.goDown();
    if (keepPorts) return;
    this.workloads.delete(machine.id);
    this.timers.track(workload.stopListening());
  }

  /** How long the current status lasts, in milliseconds, or null when it does not end without action. */
  private drawPhase(machine: Machine): number | null {
    const { bootTimes, random, timeFactor, isPrewarmed } = this.setting;
    if (machine.status === 'running') return drawMs(bootTimes.workload, random, timeFactor);
    if (machine.status === 'exited' && machine.releasedByReclaim) return drawMs(bootTimes.removing, random, timeFactor);
    const drawn = drawPhaseMs(machine.status, machine.imageUrl, bootTimes, random, timeFactor);
    return drawn !== null && machine.status === 'pulling' && isPrewarmed(machine) ? drawn * PREWARMED_SHARE : drawn;
  }

  private armPhase(machine: Machine, keptEnd: number | null = null): void {
    const { mode, clock } = this.setting;
    machine.phaseEndsAt = null;
    if (mode === 'explicit') return;
    const drawn = this.drawPhase(machine);
    if (drawn === null) return;
    machine.phaseEndsAt = keptEnd ?? clock.now() + drawn;
    this.timers.set(machine.id, Math.max(0, machine.phaseEndsAt - clock.now()), () => {
      this.timers.track(this.step(machine));
    });
  }
}
