import type { ApiKey } from '../../../src/access/api-key.js';
import type { ApiKeysRepository, KeyChange } from '../../../src/access/api-keys.repository.js';
import { answer } from '../memory-database.js';

/** A key as stored, and when it was revoked in virtual milliseconds. Rows are replaced and never changed. */
interface KeyRow {
  key: ApiKey;
  revokedAtMs: number | null;
}

/** A copy of the table at one moment. Only the store itself looks into it. */
export type KeysSnapshot = ReadonlyMap<string, KeyRow>;

/** API keys in memory, without their events. */
export class MemoryKeys implements Pick<ApiKeysRepository, 'all' | 'recordUse' | 'create' | 'change'> {
  private rows = new Map<string, KeyRow>();

  constructor(private readonly nowMs: () => number) {}

  snapshot(): KeysSnapshot {
    return new Map(this.rows);
  }

  restore(rows: KeysSnapshot): void {
    this.rows = new Map(rows);
  }

  /** Adds a key, unless it is there. */
  add(key: ApiKey): void {
    if (!this.rows.has(key.id)) this.rows.set(key.id, { key, revokedAtMs: null });
  }

  revokedAtMs(id: string): number | null {
    return this.rows.get(id)?.revokedAtMs ?? null;
  }

  all(): Promise<ApiKey[]> {
    return answer(() => [...this.rows.values()].map(({ key }) => key));
  }

  recordUse(ids: readonly string[], at: Date): Promise<void> {
    return answer(() => {
      for (const id of ids) {
        const row = this.rows.get(id);
        if (row) this.rows.set(id, { ...row, key: { ...row.key, lastUsedAt: at } });
      }
    });
  }

  create(key: ApiKey): Promise<boolean> {
    return answer(() => {
      this.add(key);
      return true;
    });
  }

  change(id: string, decide: (key: ApiKey) => KeyChange | null): Promise<ApiKey | null> {
    return answer(() => {
      const row = this.rows.get(id);
      const change = row && decide(row.key);
      if (!row || !change) return row?.key ?? null;
      const key = { ...row.key, ...change.set };
      this.rows.set(id, { key, revokedAtMs: row.revokedAtMs ?? (key.revokedAt ? this.nowMs() : null) });
      return key;
    });
  }
}
