import type { LedgerEntry } from '../novita-simulator/ledger.js';

/** How a machine in Novita's books is traced to what it was bought for: by its name, whose form is read here anew. */

const TAG = /^nvt-[a-z0-9]{8}-([0-9a-z]{26})-([0-9a-z]{1,4})-[a-z2-7]{10}$/;

export const instanceOf = ({ name }: LedgerEntry): string | null => {
  const [, ulid] = TAG.exec(name) ?? [];
  return ulid === undefined ? null : `ins_${ulid.toUpperCase()}`;
};

export const attemptNumberOf = ({ name }: LedgerEntry): number => parseInt(TAG.exec(name)?.[2] ?? '', 36);

export const isLive = ({ status }: LedgerEntry): boolean => status !== 'removed';

/** The machines that were made for each instance, oldest first. Foreign ones are nobody's. */
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
  /** The longest that two machines of one instance were there with nobody having asked for the end of either. */
  longestSeconds: number;
}

/** Two machines of one instance at one time, that both were wanted: what settles, but has cost money. */
export const countTwins = (ledger: readonly LedgerEntry[], now: number): Twins => {
  const wantedUntil = (machine: LedgerEntry): number => machine.deleteRequestedAt ?? machine.removedAt ?? now;
  const togetherMs = [...byInstance(ledger).values()].map((machines) =>
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
