import { DomainError } from '../../src/errors/domain-error.js';
import type { Instance } from '../../src/novita-instances/domain/instance.js';
import type { OperatorWord } from '../../src/fleet/operator-word.js';
import type { ReportedVerdict } from '../../src/fleet/machine-report.js';
import { SeededRandom } from './seeded-random.js';
import { isAlive, type SimMachine } from './sim-machine.js';
import type { SimWorld } from './sim-world.js';

const THINKS_MS = 900_000;
const LOOKS_MS = 300_000;
const SAYS_MS = 60_000;

/**
 * The person who runs the service: looks at the fleet now and then, says what Novita's console shows of creates and deletes, decides
 * on what is unknown, and ends a freeze.
 */
export class Operator {
  private frozenSince: number | null = null;
  private readonly random: SeededRandom;

  constructor(private readonly world: SimWorld) {
    this.random = new SeededRandom(world.seed, 8);
  }

  start(): void {
    this.world.time.after(LOOKS_MS, () => void this.look());
    if (this.random.chance(0.9)) this.world.time.after(SAYS_MS, () => void this.sayWhatIsTrue());
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

  /** Nothing but the truth: also too early, when it may be another one soon. */
  private async sayWhatIsTrue(): Promise<void> {
    const { world } = this;
    // planned first, as above
    world.time.after(SAYS_MS, () => void this.sayWhatIsTrue());
    const { machines, bornAs } = world.novita;
    for (const { instance, attempts, machines: known } of world.store.allSnapshots()) {
      for (const { number, tag, state } of attempts) {
        const isThere = (): boolean => (bornAs.get(tag) ?? []).some(isAlive);
        if (state === 'AMBIGUOUS' && !isThere()) await this.say('absent', (word) => word.absent(instance.id, number));
      }
      for (const { machineId, goneAt } of known) {
        const machine = machines.get(machineId);
        if (goneAt !== null) continue;
        if (!machine || !isAlive(machine)) await this.say('gone', (word) => word.gone(machineId));
        else if (this.isCutOff() && this.random.chance(0.6)) this.giveBackByHand(instance, machine);
      }
    }
  }

  private isCutOff(): boolean {
    return this.world.isAway('outage') || this.world.isAway('key-revoked');
  }

  /** While Novitai does not get through, who wants an instance gone deletes its machine in the console. */
  private giveBackByHand({ id, desired }: Instance, machine: SimMachine): void {
    const { callers, novita } = this.world;
    if (desired === 'deleted') return novita.person('deletes', machine);
    const promised = [...callers.promises.values()].find(({ instanceId }) => instanceId === id);
    if (promised) void callers.ask(promised.key, 'delete');
  }

  private async say(what: string, say: (word: OperatorWord) => Promise<unknown>): Promise<void> {
    const { world } = this;
    const replica = world.someReplica();
    if (!replica) return;
    await say(replica.word).then(
      () => world.count(`person's word taken: ${what}`),
      (error: unknown) =>
        world.count(`person's word refused: ${error instanceof DomainError ? error.code : 'trouble'}`),
    );
  }

  /** A person sees whose machine it is that only its environment tells of. */
  private isOurs(machineId: string, verdict: ReportedVerdict): boolean {
    return verdict === 'suspected' && this.world.novita.machines.get(machineId)?.foreign === false;
  }

  private async decide(): Promise<void> {
    const { world } = this;
    const replica = world.someReplica();
    if (!replica) return;
    const { fleetCommands } = replica;
    let after = '';
    for (;;) {
      const { machines, nextAfter } = await fleetCommands.machines(after, 50);
      for (const { machineId, verdict, instance } of machines) {
        if (verdict !== 'unknown' && verdict !== 'unrecorded' && !this.isOurs(machineId, verdict)) continue;
        const wantsOne = instance === null || world.random.chance(0.5);
        const word = wantsOne && world.random.chance(0.6) ? 'adopt' : 'terminate';
        world.count(`person ${word}s`);
        await (word === 'adopt' ? fleetCommands.adopt(machineId) : fleetCommands.terminate(machineId)).catch(
          () => undefined,
        );
      }
      if (nextAfter === null) break;
      after = nextAfter;
    }
    if (world.store.guardNow().frozen) {
      world.count('person resumes');
      await fleetCommands.resume();
    }
  }
}
