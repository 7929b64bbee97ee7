import type { Guard } from '../../../../src/machines/domain/fleet-guard.js';

/** Since when the guard is frozen, and from when on commands are newer than what it was frozen for. Times are virtual milliseconds. */
export class FreezeHistory {
  private frozenSince: number | null = null;
  private distrustedAt: number | null = null;
  /** Commands given from then on do not rest on what may be lost. */
  newCommandsFrom = 0;

  /** The guard has been written. Says whether a freeze began or ended with that. */
  changed({ frozen, distrustedAt }: Guard, now: number): 'began' | 'ended' | null {
    if (frozen && distrustedAt && distrustedAt.getTime() !== this.distrustedAt) {
      // lost commits were noticed: the commands that the database still has from before are not to be trusted
      this.newCommandsFrom = distrustedAt.getTime();
    }
    this.distrustedAt = distrustedAt?.getTime() ?? null;
    if (frozen && this.frozenSince === null) {
      this.newCommandsFrom = frozen.at.getTime();
      this.frozenSince = now;
      return 'began';
    }
    if (!frozen && this.frozenSince !== null) {
      this.frozenSince = null;
      return 'ended';
    }
    return null;
  }

  /** The database is an older copy now: the freeze is as that copy has it, and what it still knows of commands keeps its age. */
  rolledBack({ frozen }: Guard, now: number): void {
    this.frozenSince = frozen ? now : null;
    this.newCommandsFrom = (frozen?.at ?? new Date(now)).getTime();
  }

  /** 0: the guard is not frozen. */
  lastsForMs(now: number): number {
    return this.frozenSince === null ? 0 : now - this.frozenSince;
  }
}
