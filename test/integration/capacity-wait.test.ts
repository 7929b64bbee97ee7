/** Those who wait for capacity, in virtual time: what they ask of the catalogue, and which of them buys. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../src/explanation/explain.js';
import { LOOK_EVERY_SECONDS } from '../../src/novita-instances/workflow/capacity-watch.js';
import { aProduct, ShopStage, SOLD_OUT } from '../support/shop-stage.js';
import { OPEN, POLICY } from '../support/snapshot-builder.js';

const typesOf = (stage: ShopStage, id: string): string[] => stage.store.eventsOf(id).map(({ type }) => type);

describe('five hundred instances that wait', () => {
  it('cost three replicas together one look at the catalogue per 10 s at the most', async () => {
    const stage = new ShopStage(3);
    stage.shop.products = [aProduct(SOLD_OUT)];
    for (let made = 0; made < 500; made++) await stage.create();
    await stage.reconcile();
    const before = stage.shop.looks;
    // what was known before any of them waited: one answer for each replica
    expect(before).toBeLessThanOrEqual(3);
    await stage.pass(120);
    expect(stage.shop.looks - before).toBeLessThanOrEqual(120 / LOOK_EVERY_SECONDS);
    expect(stage.shop.looks - before).toBeGreaterThanOrEqual(120 / LOOK_EVERY_SECONDS - 1);
    expect(stage.shop.orders).toEqual([]);
  });

  it('ask nothing any more when all are deleted', async () => {
    const stage = new ShopStage(3);
    stage.shop.products = [aProduct(SOLD_OUT)];
    const id = await stage.create();
    await stage.reconcile();
    await stage.pass(30);
    for (const { commands } of stage.replicas.slice(0, 1))
      await commands.ask(id, 'delete', { cause: { actor: 'caller', requestId: null }, within: null, claim: null });
    await stage.pass(5);
    const { looks } = stage.shop;
    await stage.pass(60);
    expect(stage.shop.looks).toBe(looks);
  });
});

describe('stock for three', () => {
  it('is bought by the three that wait longest, in their order, and by no other', async () => {
    const stage = new ShopStage(3);
    stage.shop.products = [aProduct(SOLD_OUT)];
    const ids: string[] = [];
    for (let made = 0; made < 40; made++) {
      ids.push(await stage.create());
      await stage.pass(1);
    }
    expect(ids.map((id) => stage.status(id)).every((status) => status === 'waiting_capacity')).toBe(true);
    stage.shop.products = [aProduct({ stock: 'low' })];
    stage.shop.stock = 3;
    await stage.pass(120);
    expect(stage.buyers).toEqual(ids.slice(0, 3));
    // one more was sent before it was known that the stock is gone, and what was learned kept all others from asking
    expect(stage.shop.orders).toHaveLength(4);
    expect(ids.slice(3).every((id) => stage.status(id) === 'waiting_capacity')).toBe(true);
  });

  it('goes to two projects in turns', async () => {
    const stage = new ShopStage(1);
    stage.shop.products = [aProduct(SOLD_OUT)];
    const other = 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RV';
    const many: string[] = [];
    for (let made = 0; made < 5; made++) many.push(await stage.create());
    await stage.pass(5);
    const few = await stage.create({}, other);
    await stage.pass(5);
    stage.shop.products = [aProduct()];
    stage.shop.stock = 3;
    await stage.pass(60);
    expect(stage.buyers).toEqual([many[0], few, many[1]]);
  });
});

describe('an instance that waits', () => {
  it('is told why, who is ahead and when the catalogue was looked at, and what it was handed', async () => {
    const stage = new ShopStage(1);
    stage.shop.products = [aProduct(SOLD_OUT)];
    await stage.create();
    const id = await stage.create();
    await stage.pass(15);
    const waiting = stage.snapshot(id);
    expect(waiting.instance.progress.placement.detail).toContain('RTX 4090 24GB in us-1 as spot: it is out of stock');
    const { capacityWait, deadline, waitingFor } = explain(waiting, OPEN, stage.now, POLICY);
    expect({ waitingFor, offer: capacityWait?.offer }).toEqual({ waitingFor: 'capacity', offer: null });
    expect(deadline).toMatchObject({ of: 'capacity', failure: 'NO_CAPACITY' });
    const { ahead, lookedAt } = await stage.store.standingOf(waiting.instance, capacityWait?.since ?? stage.now);
    expect(ahead).toBe(1);
    expect(lookedAt?.getTime()).toBeGreaterThan(0);
    stage.shop.products = [aProduct({ pricePerGpuHour: { onDemand: 35_000, spot: 17_000 } })];
    stage.shop.stock = 2;
    await stage.pass(30);
    expect(typesOf(stage, id)).toEqual([
      'instance.created',
      'placement.no_capacity',
      'status.changed',
      'placement.offered',
      'placement.sent',
      'placement.accepted',
      'status.changed',
    ]);
  });

  it('buys nothing that has become dearer than its caps by then, and buys when it is cheap enough', async () => {
    const stage = new ShopStage(1);
    stage.shop.products = [aProduct()];
    stage.shop.stock = 9;
    const patient = await stage.create({ capacityWait: { forMinutes: 30, maxPricePerHour: 17_000 } });
    const strict = await stage.create({ maxPricePerHour: 17_000 });
    await stage.pass(60);
    expect(stage.status(strict)).toBe('failed');
    expect(stage.status(patient)).toBe('waiting_capacity');
    expect(stage.snapshot(patient).instance.progress.placement.detail).toContain('capacityWait.maxPricePerHour');
    expect(stage.shop.orders).toEqual([]);
    stage.shop.products = [aProduct({ pricePerGpuHour: { onDemand: 35_000, spot: 17_000 } })];
    await stage.pass(30);
    expect(stage.buyers).toEqual([patient]);
  });

  it('fails at its own deadline, with the reason of each offer, and not before', async () => {
    const stage = new ShopStage(1);
    stage.shop.products = [aProduct(SOLD_OUT)];
    const id = await stage.create({ capacityWait: { forMinutes: 5, maxPricePerHour: null } });
    await stage.pass(299);
    expect(stage.status(id)).toBe('waiting_capacity');
    await stage.pass(20);
    expect(stage.status(id)).toBe('failed');
    expect(stage.snapshot(id).instance.progress.failure).toMatchObject({
      code: 'NO_CAPACITY',
      message: expect.stringMatching(/within 300 s: .*in us-1 as spot: it is out of stock\)\. Start again/) as string,
    });
    stage.shop.products = [aProduct()];
    stage.shop.stock = 1;
    await stage.pass(60);
    expect(stage.shop.orders).toEqual([]);
  });

  it('for no minutes fails at once, with the reason of each offer', async () => {
    const stage = new ShopStage(1);
    stage.shop.products = [aProduct(SOLD_OUT)];
    const id = await stage.create({ capacityWait: { forMinutes: 0, maxPricePerHour: null } });
    await stage.reconcile();
    expect(stage.snapshot(id).instance.progress.failure).toMatchObject({
      code: 'NO_CAPACITY',
      message: expect.stringContaining('RTX 4090 24GB in us-1 as spot: it is out of stock') as string,
    });
  });

  it('is handed another offer when the first one was handed to a process that died', async () => {
    const stage = new ShopStage(1);
    stage.shop.products = [aProduct(SOLD_OUT)];
    const id = await stage.create();
    await stage.pass(15);
    stage.shop.products = [aProduct()];
    stage.shop.stock = 1;
    stage.now = new Date(stage.now.getTime() + 10_000);
    // the offer is handed, and no reconciler follows
    await stage.replicas[0]?.capacity.tick();
    expect(typesOf(stage, id)).toContain('placement.offered');
    stage.now = new Date(stage.now.getTime() + 40_000);
    await stage.reconcile();
    expect(stage.shop.orders).toEqual([]);
    await stage.pass(20);
    expect(stage.buyers).toEqual([id]);
    expect(typesOf(stage, id).filter((type) => type === 'placement.offered')).toHaveLength(2);
  });

  it('is handed nothing while nothing may be bought', async () => {
    const stage = new ShopStage(1);
    stage.shop.products = [aProduct(SOLD_OUT)];
    const id = await stage.create();
    await stage.pass(15);
    const until = new Date(stage.now.getTime() + 60_000);
    await stage.store.changeGuard((guard) => ({
      ...guard,
      createsPaused: { until, waitingFor: 'balance', detail: 'no balance', tries: 1 },
    }));
    stage.shop.products = [aProduct()];
    stage.shop.stock = 1;
    await stage.pass(50);
    expect(typesOf(stage, id)).not.toContain('placement.offered');
    await stage.pass(60);
    expect(stage.buyers).toEqual([id]);
  });
});
