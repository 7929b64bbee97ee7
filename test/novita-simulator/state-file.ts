import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Catalogue } from './catalogue.js';
import type { Fleet } from './fleet.js';
import type { Holdings } from './holdings.js';
import type { Job, JobBook } from './jobs.js';
import type { Machine } from './machine.js';
import type { Stock } from './stock.js';

interface SavedState extends Partial<Holdings>, Partial<Pick<Catalogue, 'templates' | 'registryAuths'>> {
  stock: Record<string, Record<string, number>>;
  machines: Machine[];
  jobs?: Job[];
}

/** What is stored besides machines. */
interface Kept {
  stock: Stock;
  holdings: Holdings;
  catalogue: Pick<Catalogue, 'templates' | 'registryAuths'>;
  jobs: JobBook;
}

const SAVE_AFTER_MS = 200;

/** Stores what the account has, so that a sandbox with a permanent directory keeps it over a restart. */
export class StateFile {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly path: string | undefined,
    private readonly kept: Kept,
  ) {}

  /** The machines of the last run. Restores the rest too. None when there is no file yet. */
  load(): Machine[] {
    if (this.path === undefined) return [];
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch {
      return [];
    }
    const { stock, machines, jobs = [], ...rest } = JSON.parse(text) as SavedState;
    const { holdings, catalogue } = this.kept;
    this.kept.stock.restore(stock);
    holdings.storages = rest.storages ?? holdings.storages;
    holdings.prewarms = rest.prewarms ?? holdings.prewarms;
    catalogue.templates = rest.templates ?? catalogue.templates;
    catalogue.registryAuths = rest.registryAuths ?? catalogue.registryAuths;
    this.kept.jobs.jobs.push(...jobs);
    return machines;
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
    const { stock, holdings, catalogue, jobs } = this.kept;
    const { templates, registryAuths } = catalogue;
    const state: SavedState = {
      stock: stock.toJSON(),
      machines: [...fleet.machines.values()],
      jobs: jobs.jobs,
      templates,
      registryAuths,
      ...holdings,
    };
    writeFileSync(`${this.path}.new`, JSON.stringify(state));
    renameSync(`${this.path}.new`, this.path);
  }
}
