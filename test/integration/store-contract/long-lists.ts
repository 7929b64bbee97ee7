import fc from 'fast-check';

const SHORTEST = 60;
const LONGEST = 200;
/** Then the list is as short as it has become: each try of it asks two stores everything. */
const SHRINK_FOR_MS = 20_000;

/** Where to go on leaving commands out: so many at once, from here. */
interface Position {
  size: number;
  from: number;
  /** As `performance.now()` counts. */
  until: number;
}

/**
 * Long lists are needed to get anywhere; but what fails is wanted as short as it gets, and soon: what never ran is cut off, then
 * ever smaller parts are left out. What the commands say stays as it is.
 */
class LongListsThatShrink<T extends { hasRun: boolean }> extends fc.Arbitrary<T[]> {
  private readonly lists: fc.Arbitrary<T[]>;

  constructor(item: fc.Arbitrary<T>) {
    super();
    this.lists = fc.array(item, { minLength: SHORTEST, maxLength: LONGEST, size: 'max' });
  }

  generate(random: fc.Random, bias: number | undefined): fc.Value<T[]> {
    return new fc.Value(this.lists.generate(random, bias).value, null);
  }

  canShrinkWithoutContext(value: unknown): value is T[] {
    return Array.isArray(value) && value.length === 0;
  }

  shrink(list: T[], position: Position | null): fc.Stream<fc.Value<T[]>> {
    return fc.stream(position ? shorter(list, position) : startOf(list));
  }
}

function* startOf<T extends { hasRun: boolean }>(list: T[]): Generator<fc.Value<T[]>> {
  const ran = list.filter(({ hasRun }) => hasRun);
  const position = { size: Math.ceil(ran.length / 2), from: 0, until: performance.now() + SHRINK_FOR_MS };
  yield new fc.Value(ran, position);
  yield* shorter(list, position);
}

function* shorter<T>(list: T[], position: Position): Generator<fc.Value<T[]>> {
  let { size, from } = position;
  const { until } = position;
  for (; size >= 1; size = Math.floor(size / 2)) {
    for (; from < list.length; from += size) {
      if (performance.now() > until) return;
      yield new fc.Value([...list.slice(0, from), ...list.slice(from + size)], { size, from, until });
    }
    from = 0;
  }
}

export const longListsOf = <T extends { hasRun: boolean }>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  new LongListsThatShrink(item);
