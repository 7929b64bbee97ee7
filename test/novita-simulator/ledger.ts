import type { Machine, Segment, Status } from './machine.js';

/** What one machine cost, according to Novita. Kept for ever; times are milliseconds since 1970. */
export interface LedgerEntry {
  machineId: string;
  name: string;
  foreign: boolean;
  productId: string;
  clusterId: string;
  billingMode: string;
  gpuNum: number;
  /** In 1/100000 USD. */
  pricePerGpuHour: number;
  status: Status;
  createdAt: number;
  deleteRequestedAt: number | null;
  deleteConfirmedAt: number | null;
  removedAt: number | null;
  segments: Segment[];
  /** Whole seconds, rounded up. */
  billedSeconds: number;
  costUsd: number;
}

/** Starts or ends billing for a new status: a machine is billed from pulling (or starting) until exited or removed. */
export function meter(machine: Machine, now: number): void {
  const open = machine.segments.find((segment) => segment.to === null);
  switch (machine.status) {
    case 'pulling':
    case 'starting':
    case 'running':
      if (open === undefined) machine.segments.push({ from: now, to: null });
      return;
    case 'exited':
    case 'removed':
      if (open !== undefined) open.to = now;
      return;
    default:
      return;
  }
}

export function billedSeconds(machine: Machine, now: number): number {
  return machine.segments.reduce((sum, { from, to }) => sum + Math.ceil(((to ?? now) - from) / 1000), 0);
}

/** By the second, or by the month in advance. */
export function costUsd(machine: Machine, now: number): number {
  if (machine.billingMode === 'monthly') return (machine.pricePerGpuMonth * machine.gpuNum * machine.months) / 100_000;
  const units = machine.kind === 'gpu' ? machine.gpuNum : 1;
  return (billedSeconds(machine, now) * machine.pricePerGpuHour * units) / (3600 * 100_000);
}

export function ledgerEntry(machine: Machine, now: number): LedgerEntry {
  return {
    machineId: machine.id,
    name: machine.name,
    foreign: machine.foreign,
    productId: machine.productId,
    clusterId: machine.clusterId,
    billingMode: machine.billingMode,
    gpuNum: machine.gpuNum,
    pricePerGpuHour: machine.pricePerGpuHour,
    status: machine.status,
    createdAt: machine.createdAt,
    deleteRequestedAt: machine.deleteRequestedAt,
    deleteConfirmedAt: machine.deleteConfirmedAt,
    removedAt: machine.removedAt,
    segments: machine.segments.map((segment) => ({ ...segment })),
    billedSeconds: billedSeconds(machine, now),
    costUsd: costUsd(machine, now),
  };
}
