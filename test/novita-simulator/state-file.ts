import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Fleet } from './fleet.js';
import type { Machine } from './machine.js';
import type { Stock } from './stock.js';

interface SavedState {
  stock: Record<string, Record<string, number>>;
  machines: Machine[];
}

const SAVE_AFTER_MS = 200;

/** Stores machines and stock, so that a sandbox with a permanent directory keeps its machines over a restart. */
export class StateFile {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly path: string | undefined,
    private readonly stock: Stock,
  ) {}

  /** The machines of the last run. Restores the stock too. None when there is no file yet. */
  load(): Machine[] {
    if (this.path === undefined) return [];
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch {
      return [];
    }
    const saved = JSON.parse(text) as SavedState;
    this.stock.restore(saved.stock);
    return saved.machines;
  }

  saveSoon(fleet: Fleet): void {
    if (this.path === undefined || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.save(fleet);
    }, SAVE_AFTER_MS);
  }

  save(fleet: Fleet): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.path === undefined) return;
    const state: SavedState = { stock: this.stock.toJSON(), machines: [...fleet.machines.values()] };
    writeFileSync(`${this.path}.new`, JSON.stringify(state));
    renameSync(`${this.path}.new`, this.path);
  }
}
