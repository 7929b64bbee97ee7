import { capacityWaitOf } from '../../src/novita-instances/domain/capacity-wait.js';
import type { Instance } from '../../src/novita-instances/domain/instance.js';
import {
  TIMES_AHEAD_SECONDS,
  type CapacityStore,
  type Standing,
} from '../../src/novita-instances/store/capacity-store.js';
import { addSeconds } from '../../src/time/clock.js';
import { answer, type MemoryDatabase } from './memory-database.js';

/** Those who wait for capacity, in memory. It means what `PostgresCapacityStore` means: both pass the same suite. */
export class MemoryCapacityStore implements CapacityStore {
  constructor(private readonly database: MemoryDatabase) {}

  waitingForCapacity(limit: number): Promise<Instance[]> {
    return answer(() =>
      this.all()
        .slice(0, limit)
        .map(({ instance }) => ({ ...instance, spec: { ...instance.spec, envs: [] } })),
    );
  }

  claimCapacityLook(now: Date, everySeconds: number): Promise<boolean> {
    return answer(() => {
      const { tables } = this.database;
      const last = tables.capacityLookedAt;
      if (last && last > addSeconds(now, -everySeconds) && last <= addSeconds(now, TIMES_AHEAD_SECONDS)) return false;
      tables.capacityLookedAt = now;
      return true;
    });
  }

  standingOf({ id, projectId }: Pick<Instance, 'id' | 'projectId'>, since: Date): Promise<Standing> {
    return answer(() => {
      const ahead = this.all().filter(
        ({ instance, since: other }) =>
          instance.projectId === projectId &&
          (other < since || (other.getTime() === since.getTime() && instance.id < id)),
      );
      return { ahead: ahead.length, lookedAt: this.database.tables.capacityLookedAt };
    });
  }

  private all(): { instance: Instance; since: Date }[] {
    return [...this.database.tables.instances.values()]
      .flatMap(({ instance }) => {
        const since = capacityWaitOf(instance)?.placement.since;
        return since ? [{ instance, since }] : [];
      })
      .sort((a, b) => a.since.getTime() - b.since.getTime() || (a.instance.id < b.instance.id ? -1 : 1));
  }
}
