import type { InstanceSpec } from '../../../../src/novita-instances/domain/instance-spec.js';

/** Requests that change what a machine is. */
export const isChange = (verb: string): boolean => verb === 'edit' || verb === 'upgrade';

/** What an update of a caller that was carried out asked for. */
export interface AskedUpdate {
  generation: number;
  spec: InstanceSpec;
}

/** What callers have asked for last, and which changes Novita has carried out. Times are virtual milliseconds. */
export class UpdateHistory {
  /** By instance id. */
  private readonly asked = new Map<string, AskedUpdate>();
  /** When changes left for a machine, and were not carried out yet. By machine id. */
  private readonly left = new Map<string, number[]>();
  private readonly done = new Map<string, number>();

  asks(instanceId: string, update: AskedUpdate): void {
    const before = this.asked.get(instanceId);
    if (!before || before.generation < update.generation) this.asked.set(instanceId, update);
  }

  lastAsked(instanceId: string): AskedUpdate | null {
    return this.asked.get(instanceId) ?? null;
  }

  leaves(machineId: string, at: number): void {
    this.left.set(machineId, [...(this.left.get(machineId) ?? []), at]);
  }

  /** Novita has carried out a change: the oldest one that it has not carried out before. One more than have left is late, too. */
  carriesOut(machineId: string, at: number): void {
    const left = this.left.get(machineId) ?? [];
    const first = left.shift();
    if (first === undefined || at - first > LATE_MS || left.length > 0) this.done.set(machineId, at);
  }

  /** Whether a change of it was carried out twice, or so late that another was sent meanwhile. */
  wasLate(machineId: string): boolean {
    return this.done.has(machineId);
  }

  rolledBack(): void {
    this.asked.clear();
  }
}

/** A request that is carried out later is given up before that. */
const LATE_MS = 60_000;
