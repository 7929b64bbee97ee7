import { drawMs } from './boot-times.js';
import type { Fleet, FleetSetting } from './fleet.js';
import type { Machine } from './machine.js';

/** `plan`: the notice comes when the guaranteed run time is over. The others happen at once, and in auto mode each leads to the next. */
export type ReclaimStep = 'plan' | 'notify' | 'reclaim' | 'terminate';

/** With the switch `reclaimBegins: before`, the taking begins up to this long before the deadline. */
const LONGEST_EARLY_SECONDS = 300;

/** Takes spot machines away: notice with a deadline, taking, end. */
export class Reclaims {
  constructor(
    private readonly fleet: Fleet,
    private readonly setting: FleetSetting,
  ) {}

  take(machine: Machine, step: ReclaimStep): void {
    if (machine.billingMode !== 'spot') throw new Error(`machine ${machine.id} is not a spot machine`);
    if (step === 'plan') this.plan(machine);
    else if (step === 'notify') this.notify(machine);
    else if (step === 'reclaim') this.reclaim(machine);
    else this.terminate(machine);
    this.setting.changed();
  }

  /** The guarantee counts from `running`. */
  private plan(machine: Machine): void {
    if (machine.startedAt === null || machine.status !== 'running')
      throw new Error(`machine ${machine.id} is ${machine.status}, and its guaranteed time begins at running`);
    const guaranteedUntil = machine.startedAt + this.draw(this.setting.bootTimes.guarantee);
    this.fleet.timers.set(this.timerOf(machine), Math.max(0, guaranteedUntil - this.setting.clock.now()), () => {
      this.take(machine, 'notify');
    });
  }

  private notify(machine: Machine): void {
    const { bootTimes, clock, switches } = this.setting;
    const noticeMs = this.draw(bootTimes.notice);
    machine.spotStatus = 'notified';
    machine.spotReclaimAt = clock.now() + noticeMs;
    const early = switches.reclaimBegins === 'before' ? this.draw([0, LONGEST_EARLY_SECONDS]) : 0;
    this.follow(machine, 'reclaim', Math.max(0, noticeMs - early));
  }

  private reclaim(machine: Machine): void {
    const now = this.setting.clock.now();
    machine.spotStatus = 'reclaiming';
    machine.spotReclaimAt ??= now;
    const untilDeadline = Math.max(0, machine.spotReclaimAt - now);
    this.follow(machine, 'terminate', untilDeadline + this.draw(this.setting.bootTimes.reclaiming));
  }

  private terminate(machine: Machine): void {
    const { clock, switches } = this.setting;
    this.fleet.timers.cancel(this.timerOf(machine));
    machine.spotReclaimAt ??= clock.now();
    machine.spotStatus = 'terminated';
    machine.releasedByReclaim = switches.afterReclaim === 'goneSoon';
    if (switches.diskAfterReclaim === 'lost') machine.diskGeneration += 1;
    if (machine.status !== 'exited') this.fleet.moveTo(machine, 'exited');
  }

  private follow(machine: Machine, next: ReclaimStep, waitMs: number): void {
    if (this.setting.mode === 'explicit') return;
    this.fleet.timers.set(this.timerOf(machine), waitMs, () => {
      this.take(machine, next);
    });
  }

  private draw(range: readonly [number, number]): number {
    return drawMs(range, this.setting.random, this.setting.timeFactor);
  }

  private timerOf(machine: Machine): string {
    return `${machine.id}:reclaim`;
  }
}
