import { drawMs, drawPhaseMs, type BootTimes } from './boot-times.js';
import { meter } from './ledger.js';
import { ACTION_FROM, NEXT_STATUS, type Action } from './lifecycle.js';
import type { Journal } from './journal.js';
import type { Machine, MachineRequest, Status } from './machine.js';
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
  workloadHost: string;
  /** Called after each change, for the state file. */
  changed: () => void;
}

const BOOTING: readonly Status[] = ['pending', 'toCreate', 'creating', 'pulling'];

export type ReclaimStep = 'notify' | 'reclaim' | 'terminate';

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

  /** Start, stop, restart or migrate. Throws a {@link Refusal} from a wrong state or without room. */
  act(machine: Machine, action: Action): void {
    if (!ACTION_FROM[action].includes(machine.status)) {
      throw new Refusal(400, this.setting.switches.invalidStateReason, 'invalid state change');
    }
    if ((action === 'start' || action === 'migrate') && !machine.holdsGpus) this.takeAgain(machine, action);
    machine.statusError = null;
    const begins = { start: 'toStart', stop: 'toStop', restart: 'toRestart', migrate: 'migrating' } as const;
    this.moveTo(machine, begins[action]);
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
    const next = NEXT_STATUS[machine.status];
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

  reclaim(machine: Machine, step: ReclaimStep): void {
    const { clock, mode, random, timeFactor, bootTimes } = this.setting;
    if (machine.billingMode !== 'spot') throw new Error(`machine ${machine.id} is not a spot machine`);
    const follow = (next: ReclaimStep, range: readonly [number, number]) => {
      const wait = drawMs(range, random, timeFactor);
      if (mode === 'auto')
        this.timers.set(`${machine.id}:reclaim`, wait, () => {
          this.reclaim(machine, next);
        });
      return wait;
    };
    if (step === 'notify') {
      machine.spotStatus = 'notified';
      machine.spotReclaimAt = clock.now() + follow('reclaim', bootTimes.notice);
    } else if (step === 'reclaim') {
      machine.spotStatus = 'reclaiming';
      machine.spotReclaimAt = clock.now();
      follow('terminate', bootTimes.reclaiming);
    } else {
      this.timers.cancel(`${machine.id}:reclaim`);
      if (machine.spotStatus !== 'reclaiming') machine.spotReclaimAt = clock.now();
      machine.spotStatus = 'terminated';
      if (machine.status !== 'exited') this.moveTo(machine, 'exited');
    }
    this.setting.changed();
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
    if (status === 'running') machine.startedAt = now;
    else this.takeWorkloadDown(machine, status === 'toStop' || status === 'toRestart' || status === 'restarting');
    if (status === 'running' && machine.billingMode === 'spot') {
      machine.spotStatus = 'running';
      machine.spotReclaimAt = null;
    }
    if (status === 'exited' || status === 'removed') {
      machine.stoppedAt = now;
      if (machine.holdsGpus) stock.release(machine.productId, machine.clusterId, machine.gpuNum);
      machine.holdsGpus = false;
      this.timers.cancel(`${machine.id}:reclaim`);
      if (machine.spotStatus !== 'terminated' && machine.billingMode === 'spot') {
        machine.spotStatus = switches.spotStatusAfterStop;
        machine.spotReclaimAt = null;
      }
    }
    if (status === 'removed') {
      machine.removedAt = now;
      if (switches.deletedMachine === 'goneAtOnce') machine.goneAt = now;
      else if (mode === 'auto') machine.goneAt = now + drawMs(bootTimes.lingering, random, timeFactor);
    }
    this.armPhase(machine);
    this.setting.changed();
  }

  /** Restores machines from a state file. Their timers and workloads start again. */
  async resume(machines: Machine[]): Promise<void> {
    for (const machine of machines) {
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

  private takeAgain(machine: Machine, action: Action): void {
    if (machine.kind === 'cpu') return;
    if (this.setting.stock.take(machine.productId, machine.clusterId, machine.gpuNum) === null) {
      throw this.outOfStock(action === 'migrate' ? 'MIGRATE_INSUFFICIENT_RESOURCE' : 'INSUFFICIENT_RESOURCE');
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

  private armPhase(machine: Machine, keptEnd: number | null = null): void {
    const { mode, bootTimes, random, timeFactor, clock } = this.setting;
    machine.phaseEndsAt = null;
    if (mode === 'explicit') return;
    const drawn =
      machine.status === 'running'
        ? drawMs(bootTimes.workload, random, timeFactor)
        : drawPhaseMs(machine.status, machine.imageUrl, bootTimes, random, timeFactor);
    if (drawn === null) return;
    machine.phaseEndsAt = keptEnd ?? clock.now() + drawn;
    this.timers.set(machine.id, Math.max(0, machine.phaseEndsAt - clock.now()), () => {
      this.timers.track(this.step(machine));
    });
  }
}
