import {
  isRemembered,
  learn,
  learnPull,
  NOTHING_LEARNED,
  offerKeyOf,
  type Learned,
  type Lesson,
  type OfferKey,
} from '../../src/catalogue/domain/offer-memory.js';
import type { OfferMemoryStore } from '../../src/catalogue/store/offer-memory-store.js';
import { answer, type MemoryDatabase } from './memory-database.js';
import type { MemoryTables } from './memory-tables.js';

/** What is remembered of offers, in memory. It means what `PostgresOfferMemory` means: both pass the same suite. */
export class MemoryOfferMemory implements OfferMemoryStore {
  constructor(private readonly database: MemoryDatabase) {}

  learned(image: string | null): Promise<Learned> {
    return answer(() => {
      const { offerMemory, pullMemory } = this.database.tables;
      return { offers: new Map(offerMemory), pulls: new Map((image !== null && pullMemory.get(image)) || []) };
    });
  }

  deleteOldMemory(before: Date, limit: number): Promise<number> {
    return answer(() => {
      const { offerMemory, pullMemory } = this.database.tables;
      let deleted = 0;
      for (const [key, { learnedAt }] of offerMemory) {
        if (learnedAt >= before || deleted === limit) continue;
        offerMemory.delete(key);
        deleted += 1;
      }
      for (const [image, regions] of pullMemory) {
        const left = new Map(regions);
        for (const [region, { learnedAt }] of regions) {
          if (learnedAt >= before || deleted === limit) continue;
          left.delete(region);
          deleted += 1;
        }
        if (left.size > 0) pullMemory.set(image, left);
        else pullMemory.delete(image);
      }
      return deleted;
    });
  }
}

/** As `writeLesson` of the statements writes it. */
export const writeLesson = ({ offerMemory, pullMemory }: MemoryTables, lesson: Lesson, now: Date): void => {
  if (lesson.kind !== 'pulled') {
    const key = offerKeyOf(lesson.offer);
    offerMemory.set(key, learn(offerMemory.get(key) ?? null, lesson, now));
    return;
  }
  const { image, regionId, seconds } = lesson;
  const regions = pullMemory.get(image);
  const learned = learnPull(regions?.get(regionId) ?? null, seconds, now);
  pullMemory.set(image, new Map([...(regions ?? []), [regionId, learned]]));
};

/** As `mayAskFor` of the statements decides it. */
export const mayAskFor = ({ offerMemory }: MemoryTables, offer: OfferKey, now: Date): boolean =>
  !isRemembered(offerMemory.get(offerKeyOf(offer))?.outOfStockUntil ?? null, now);

/** The row that `mayAskFor` of the statements leaves when its transaction is committed. */
export const leaveRow = ({ offerMemory }: MemoryTables, offer: OfferKey, now: Date): void => {
  const key = offerKeyOf(offer);
  if (!offerMemory.has(key)) offerMemory.set(key, { ...NOTHING_LEARNED, learnedAt: now });
};
