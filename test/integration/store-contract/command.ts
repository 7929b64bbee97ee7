import fc from 'fast-check';
import type { BothStores } from './both-stores.js';

/** One thing that both stores are asked for or told. Printed with all that is needed to do it again. */
export class Command {
  hasRun = false;

  constructor(
    private readonly text: string,
    private readonly work: (both: BothStores) => Promise<void>,
  ) {}

  run(both: BothStores): Promise<void> {
    this.hasRun = true;
    return this.work(both);
  }

  [fc.toStringMethod](): string {
    return this.text;
  }
}

/** `weight`: how often it comes, beside the others. */
export const command = <P>(
  name: string,
  weight: number,
  parameters: fc.Arbitrary<P>,
  run: (both: BothStores, parameters: P) => Promise<void>,
): fc.WeightedArbitrary<Command> => ({
  weight,
  arbitrary: parameters.map((given) => new Command(`${name}(${fc.stringify(given)})`, (both) => run(both, given))),
});
