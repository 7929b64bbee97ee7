import type { ReportedVerdict } from '../../src/novita-instances/workflow/machine-report.js';
import type { SimWorld } from './sim-world.js';

const THINKS_MS = 900_000;
const LOOKS_MS = 300_000;

/** The person who runs the service: looks at the fleet now and then, decides on what is unknown, and ends a freeze. */
export class Operator {
  private frozenSince: number | null = null;

  constructor(private readonly world: SimWorld) {}

  start(): void {
    this.world.time.after(LOOKS_MS, () => void this.look());
  }

  private async look(): Promise<void> {
    const { world } = this;
    // planned first: whom he asks may die before he answers
    world.time.after(LOOKS_MS, () => void this.look());
    const { frozen } = world.store.guardNow();
    if (frozen) this.frozenSince ??= world.time.now;
    else this.frozenSince = null;
    // a person takes his time, and in the end hurries
    const isDue = this.frozenSince !== null && world.time.now - this.frozenSince > (world.weather.over ? 0 : THINKS_MS);
    if (isDue || world.weather.over) await this.decide().catch(() => undefined);
  }

  /** A person sees whose machine it is that only its environment tells of. */
  private isOurs(machineId: string, verdict: ReportedVerdict): boolean {
    return verdict === 'suspected' && this.world.novita.machines.get(machineId)?.foreign === false;
  }

  private async decide(): Promise<void> {
    const { world } = this;
    const replica = world.someReplica();
    if (!replica) return;
    const { desk } = replica.core;
    let after = '';
    for (;;) {
      const { machines, nextAfter } = await desk.machines(after, 50);
      for (const { machineId, verdict, instance } of machines) {
        if (verdict !== 'unknown' && verdict !== 'unrecorded' && !this.isOurs(machineId, verdict)) continue;
        const wantsOne = instance === null || world.random.chance(0.5);
        const word = wantsOne && world.random.chance(0.6) ? 'adopt' : 'terminate';
        world.count(`person ${word}s`);
        await (word === 'adopt' ? desk.adopt(machineId) : desk.terminate(machineId)).catch(() => undefined);
      }
      if (nextAfter === null) break;
      after = nextAfter;
    }
    if (world.store.guardNow().frozen) {
      world.count('person resumes');
      await desk.resume();
    }
  }
}
