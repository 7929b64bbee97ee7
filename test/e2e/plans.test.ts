/** Plans, and what their ceiling does to creates, over HTTP against the simulator. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import type { PlanDto } from '../../src/novita-instances/api/dto/plan.dto.js';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const PRODUCT = '4090.16c62g';
const OTHER = '4090.16c96g.v2';

let app: RunningApp;
beforeAll(async () => {
  // a price is never older than a moment
  app = await startApp({ config: { catalogue: { cacheSeconds: 0 } } });
});
afterAll(() => app.stop());

const bodyOf = (changes: Record<string, unknown>) => ({
  name: 'planned',
  productName: 'RTX 4090 24GB',
  image: 'example/workload:1',
  ports: [{ port: 8188, protocol: 'http' }],
  billingMode: 'spot',
  ...changes,
});
const plan = async (changes: Record<string, unknown> = {}): Promise<PlanDto> => {
  const { status, body } = await app.api.request<PlanDto>('POST', '/api/plans', bodyOf(changes));
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
};
const create = (changes: Record<string, unknown>) =>
  app.api.request<InstanceDto>('POST', '/api/instances', bodyOf(changes));

describe('a plan', () => {
  it('shows the offers in order, those that are passed over with their reasons, and buys nothing', async () => {
    const made = await plan({ maxPricePerGpuHour: '0.19', gpuNum: 2 });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^plan_/) as string,
      gpuNum: 2,
      pricePerHour: { amount: '0.36', currency: 'USD' },
      message: null,
    });
    const [first] = made.offers;
    expect(first).toMatchObject({
      productId: PRODUCT,
      billingMode: 'spot',
      pricePerGpuHour: { amount: '0.18' },
      pricePerInstanceHour: { amount: '0.36' },
      secondsToReady: 300,
      costToReady: { amount: '0.04' },
      reclaim: { onReclaim: 'replace', noticeSeconds: 3600, secondsNotReady: 0, cost: { amount: '0.04' } },
    });
    expect(made.passedOver).toContainEqual(
      expect.objectContaining({
        productId: OTHER,
        reason: 'price',
        detail: 'it costs 0.20 USD per GPU and hour, above maxPricePerGpuHour (0.19 USD)',
      }),
    );
    expect(new Date(made.expiresAt).getTime() - new Date(made.createdAt).getTime()).toBe(900_000);
    expect(app.novita.ledger()).toEqual([]);
    expect((await app.api.list()).data).toEqual([]);
  });

  it('without an offer tells all reasons, and a create does not take it', async () => {
    app.novita.setStock('6000ada.16c120g', undefined, 0);
    const made = await plan({ productName: 'RTX 6000 Ada' });
    expect(made).toMatchObject({ pricePerHour: null, offers: [] });
    expect(made.message).toBe('Nothing can be bought now: every fitting offer is out of stock.');
    expect(new Set(made.passedOver.map(({ reason }) => reason))).toEqual(new Set(['no-stock', 'billing-mode']));
    const { status, body } = await create({ name: 'without-offer', productName: 'RTX 6000 Ada', planId: made.id });
    expect([status, body]).toEqual([422, expect.objectContaining({ code: 'PLAN_WITHOUT_OFFER' })]);
  });
});

describe('a create with a plan', () => {
  it.each([
    { billingMode: 'spot' },
    { billingMode: 'onDemand', gpuNum: 8 },
    { billingMode: 'spotThenOnDemand', productName: 'H100' },
    { productName: undefined, gpu: { minMemoryGb: 48, count: 2 } },
    { regions: ['eu-de-1', 'us-tx-1'], productName: 'L40S' },
  ])('buys what the plan showed first: %j', async (changes) => {
    const made = await plan(changes);
    const name = `agreed-${made.id.slice(-8).toLowerCase()}`;
    const { status, body } = await create({ ...changes, name, planId: made.id });
    expect([status, body.planId], JSON.stringify(body)).toEqual([202, made.id]);
    const ready = await app.api.until(body.id, 'ready');
    const [first] = made.offers;
    expect(ready.placement).toMatchObject({
      productId: first?.productId,
      regionId: first?.regionId,
      billingMode: first?.billingMode,
      pricePerInstanceHour: made.pricePerHour,
    });
  });

  it('is refused with both prices when the price has risen, and nothing is bought', async () => {
    const made = await plan({ productName: 'RTX 3090', gpuNum: 2 });
    expect(made.pricePerHour?.amount).toBe('0.22');
    app.novita.setPrice('3090.16c92g', 21_000, 12_000);
    const { status, body } = await create({ name: 'risen', productName: 'RTX 3090', gpuNum: 2, planId: made.id });
    expect([status, body]).toMatchObject([
      409,
      {
        code: 'PRICE_ABOVE_PLAN',
        detail:
          'Nothing is bought: the cheapest offer costs 0.24 USD per hour now, and the plan said 0.22 USD per hour.',
      },
    ]);
    app.novita.setPrice('3090.16c92g', 21_000, 11_000);
    const again = await create({ name: 'risen', productName: 'RTX 3090', gpuNum: 2, planId: made.id });
    expect(again.status).toBe(202);
    await app.api.until(again.body.id, 'ready');
  });

  it('is held to the plan by every later purchase: what Novita takes is not replaced by a dearer machine', async () => {
    const made = await plan({ productName: 'A100', onReclaim: 'wait' });
    const { body } = await create({ name: 'held', productName: 'A100', onReclaim: 'wait', planId: made.id });
    const ready = await app.api.until(body.id, 'ready');
    app.novita.setPrice('a100.16c120g', 160_000, 81_000);
    app.novita.setStock('a100.16c120g', undefined, 0);
    await app.api.ask(body.id, 'replace');
    const failed = await eventually('the replacement has failed', async () =>
      (await app.api.events(body.id)).find(({ type }) => type === 'replacement.failed'),
    );
    expect(failed.data).toMatchObject({ code: 'PRICE_ABOVE_PLAN' });
    const after = await app.api.get(body.id);
    expect([after.status, after.machine?.id]).toEqual(['ready', ready.machine?.id]);
    expect(after.attempts).toHaveLength(1);
  });

  it('repeats its answer by its key when the plan is long over', async () => {
    const made = await plan();
    const headers = { 'idempotency-key': 'planned-once' };
    const body = bodyOf({ name: 'planned-once', planId: made.id });
    const first = await app.api.request<InstanceDto>('POST', '/api/instances', body, headers);
    await expire(made.id);
    const again = await app.api.request<InstanceDto>('POST', '/api/instances', body, headers);
    expect([again.status, again.body.id]).toEqual([202, first.body.id]);
    const late = await create({ name: 'too-late', planId: made.id });
    expect([late.status, late.body]).toMatchObject([422, { code: 'PLAN_EXPIRED', errors: [{ pointer: '/planId' }] }]);
  });

  it('is refused when the project has no such plan', async () => {
    const { status, body } = await create({ name: 'no-plan', planId: 'plan_01JGFJJZ00N5MQ2YS3B3X8T1RV' });
    expect([status, body]).toMatchObject([422, { code: 'PLAN_NOT_FOUND' }]);
  });
});

/** As though the plan had been made long ago. */
const expire = async (planId: string): Promise<void> => {
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  await client.query(`UPDATE plans SET expires_at = now() - interval '1 second' WHERE id = $1`, [planId]);
  await client.end();
};
