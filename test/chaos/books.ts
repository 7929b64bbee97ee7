import type { LedgerEntry } from '../novita-simulator/ledger.js';

/** Traces a machine of the simulated Novita to its instance by its name, which is parsed here independently of the service. */

const TAG = /^nvt-[a-z0-9]{8}-([0-9a-z]{26})-([0-9a-z]{1,4})-[a-z2-7]{10}$/;

export const instanceOf = ({ name }: LedgerEntry): string | null => {
  const [, ulid] = TAG.exec(name) ?? [];
  return ulid === undefined ? null : `ins_${ulid.toUpperCase()}`;
};

export const attemptNumberOf = ({ name }: LedgerEntry): number => parseInt(TAG.exec(name)?.[2] ?? '', 36);

export const isLive = ({ status }: LedgerEntry): boolean => status !== 'removed';

/** The machines that were made for each instance, oldest first. Foreign machines belong to none. */
export const byInstance = (ledger: readonly LedgerEntry[]): Map<string, LedgerEntry[]> => {
  const found = new Map<string, LedgerEntry[]>();
  for (const machine of ledger) {
    if (machine.foreign) continue;
    const id = instanceOf(machine) ?? 'nobody';
    found.set(id, [...(found.get(id) ?? []), machine]);
  }
  return found;
};

export interface Twins {
  instances: number;
  /** The longest time in which an instance had two machines, and the end of neither was requested. */
  longestSeconds: number;
}

/**
 * Periods in which an instance had two machines at once that were not being deleted: this ends, but costs money.
 * @param replaced instances whose callers have asked for two machines
 */
export const countTwins = (ledger: readonly LedgerEntry[], replaced: ReadonlySet<string>, now: number): Twins => {
  const wantedUntil = (machine: LedgerEntry): number => machine.deleteRequestedAt ?? machine.removedAt ?? now;
  const unasked = [...byInstance(ledger)].filter(([id]) => !replaced.has(id));
  const togetherMs = unasked.map(([, machines]) =>
    Math.max(
      0,
      ...machines.flatMap((one, index) =>
        machines
          .slice(index + 1)
          .map((other) => Math.min(wantedUntil(one), wantedUntil(other)) - Math.max(one.createdAt, other.createdAt)),
      ),
    ),
  );
  return {
    instances: togetherMs.filter((ms) => ms > 0).length,
    longestSeconds: Math.max(0, ...togetherMs) / 1000,
  };
};
