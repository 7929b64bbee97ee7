import fc from 'fast-check';
import type { Learned, Lesson, OfferKey } from '../../../src/catalogue/domain/offer-memory.js';
import { addSeconds } from '../../../src/time/clock.js';
import type { BothStores } from './both-stores.js';
import { command } from './command.js';
import { record } from './record.js';
import { index, region } from './small-world.js';

/** What commits teach of offers, and what is read of it. */

const offer: fc.Arbitrary<OfferKey> = record({
  productId: fc.constantFrom('p1', 'p2'),
  regionId: region,
  billingMode: fc.constantFrom<OfferKey['billingMode'][]>('spot', 'onDemand'),
});
const image = fc.constantFrom('image:1', 'template:7');
const seconds = fc.constantFrom(0, 12.5, 90, 1_000);

const lesson = fc.oneof(
  record({ kind: fc.constant('accepted' as const), offer }),
  record({ kind: fc.constant('out-of-stock' as const), offer, for: fc.constantFrom(0, 30, 300) }),
  record({ kind: fc.constant('ready' as const), offer, seconds }),
  record({ kind: fc.constant('pulled' as const), regionId: region, image, seconds }),
);

const learn = command('learn', 6, record({ index, lesson }), async (both, given) => {
  const before = both.snapshot(both.near(given.index))?.instance;
  if (!before) return;
  const learned: Lesson =
    given.lesson.kind === 'out-of-stock'
      ? { ...given.lesson, until: addSeconds(both.now, given.lesson.for) }
      : given.lesson;
  await both.ask((store) => store.commit({ before, after: before, learned, actor: 'reconciler' }));
  both.tally.count(`commit: learned ${learned.kind}`);
});

const ask = command('askFor', 6, record({ index, offer }), async (both, given) => {
  const before = both.snapshot(both.near(given.index))?.instance;
  if (!before) return;
  const change = { before, after: before, asksFor: given.offer, actor: 'reconciler' } as const;
  const answer = await both.ask((store) => store.commit(change));
  if (!('value' in answer)) return;
  both.tally.count(answer.value ? 'commit: asks for an offer' : 'commit: the offer is remembered to be out of stock');
});

const learned = command('learned', 3, fc.option(image), async (both, image) => {
  const answer = await readLearned(both, image);
  if (!('value' in answer)) return;
  both.tally.countIf(answer.value.offers.size > 0, 'learned: of offers');
  both.tally.countIf(answer.value.pulls.size > 0, 'learned: of an image');
});

const deleting = record({ ago: fc.constantFrom(0, 2, 300), limit: fc.constantFrom(1, 50) });
const deleteOldMemory = command('deleteOldMemory', 1, deleting, async (both, { ago, limit }) => {
  const answer = await both.ask(async (store) => {
    for (let all = 0; ;) {
      const rows = await store.deleteOldMemory(both.ago(ago), limit);
      all += rows;
      if (rows < limit) return all;
    }
  });
  if ('value' in answer) both.tally.count(answer.value > 0 ? 'deleteOldMemory: some' : 'deleteOldMemory: none');
});

/** In the order of the keys, since a statement promises none. */
export const readLearned = (both: BothStores, image: string | null) =>
  both.ask(
    (store) => store.learned(image),
    ({ offers, pulls }: Learned) => [sorted(offers), sorted(pulls)],
  );

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

export const memoryCommands = [learn, ask, learned, deleteOldMemory];
