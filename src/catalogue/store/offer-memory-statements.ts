import type { ExpressionBuilder, Insertable, Selectable, Transaction } from 'kysely';
import type { OfferMemoryTable, PullMemoryTable, Tables } from '../../database/tables.js';
import {
  isRemembered,
  learn,
  learnPull,
  NOTHING_LEARNED,
  type Lesson,
  type OfferKey,
  type OfferMemory,
  type PullMemory,
} from '../domain/offer-memory.js';

/** Statements of a transaction of the store of instances. Each transaction is about one offer, so that two never wait for each other. */

/** Writes down what a change has taught. */
export const writeLesson = async (transaction: Transaction<Tables>, lesson: Lesson, now: Date): Promise<void> => {
  if (lesson.kind === 'pulled') return writePull(transaction, lesson, now);
  const before = await lockOffer(transaction, lesson.offer, 'update', now);
  await transaction
    .updateTable('offer_memory')
    .set(toMemoryRow(learn(before, lesson, now)))
    .where(isOffer(lesson.offer))
    .execute();
};

/** Whether a create for the offer may be written down. From then on until the commit nothing is learned of the offer. */
export const mayAskFor = async (transaction: Transaction<Tables>, offer: OfferKey, now: Date): Promise<boolean> => {
  const memory = await lockOffer(transaction, offer, 'share', now);
  return !isRemembered(memory.outOfStockUntil, now);
};

/** The row is made first, so that there is one to lock. */
const lockOffer = async (
  transaction: Transaction<Tables>,
  offer: OfferKey,
  lock: 'share' | 'update',
  now: Date,
): Promise<OfferMemory> => {
  const { productId, regionId, billingMode } = offer;
  const key = { product_id: productId, region_id: regionId, billing_mode: billingMode };
  await transaction
    .insertInto('offer_memory')
    .values({ ...key, ...toMemoryRow({ ...NOTHING_LEARNED, learnedAt: now }) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const query = transaction.selectFrom('offer_memory').selectAll().where(isOffer(offer));
  const row = await (lock === 'share' ? query.forShare() : query.forUpdate()).executeTakeFirstOrThrow();
  return fromMemoryRow(row);
};

const writePull = async (
  transaction: Transaction<Tables>,
  { regionId, image, seconds }: Extract<Lesson, { kind: 'pulled' }>,
  now: Date,
): Promise<void> => {
  const key = { image, region_id: regionId };
  const known = await transaction
    .selectFrom('pull_memory')
    .selectAll()
    .where('image', '=', image)
    .where('region_id', '=', regionId)
    .forUpdate()
    .executeTakeFirst();
  const row = toPullRow(learnPull(known ? fromPullRow(known) : null, seconds, now));
  await transaction
    .insertInto('pull_memory')
    .values({ ...key, ...row })
    .onConflict((conflict) => conflict.columns(['image', 'region_id']).doUpdateSet(row))
    .execute();
};

const isOffer =
  ({ productId, regionId, billingMode }: OfferKey) =>
  (where: ExpressionBuilder<Tables, 'offer_memory'>) =>
    where.and({ product_id: productId, region_id: regionId, billing_mode: billingMode });

const toMemoryRow = ({ successes, refusals, ready, outOfStockUntil, learnedAt }: OfferMemory) => ({
  successes,
  refusals,
  ready_seconds: ready?.seconds ?? null,
  ready_weight: ready?.weight ?? 0,
  out_of_stock_until: outOfStockUntil,
  learned_at: learnedAt,
});

export const fromMemoryRow = (row: Selectable<OfferMemoryTable>): OfferMemory => ({
  successes: row.successes,
  refusals: row.refusals,
  ready: row.ready_seconds === null ? null : { seconds: row.ready_seconds, weight: row.ready_weight },
  outOfStockUntil: row.out_of_stock_until,
  learnedAt: row.learned_at,
});

const toPullRow = ({
  seconds,
  weight,
  learnedAt,
}: PullMemory): Omit<Insertable<PullMemoryTable>, 'image' | 'region_id'> => ({
  seconds,
  weight,
  learned_at: learnedAt,
});

export const fromPullRow = (row: Selectable<PullMemoryTable>): PullMemory => ({
  seconds: row.seconds,
  weight: row.weight,
  learnedAt: row.learned_at,
});
