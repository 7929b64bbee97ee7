/** What three replicas on one database learn of offers, and do with it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OfferListDto } from '../../src/catalogue/api/catalogue.dto.js';
import type { EventDto, EventListDto } from '../../src/events/event.dto.js';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { QUICK, serveApp, type ServedApp } from '../support/running-app.js';
import type { TestDatabase } from '../support/empty-database.js';
import { createTestDatabase } from '../support/test-database.js';

const PRODUCT = '4090.16c62g';
/** All at one price, in the order in which the callers name them. */
const REGIONS = ['us-ca-6', 'as-sgp-2', 'cn-hongkong-1', 'eu-de-1'];
const FREE = 'eu-de-1';
/** Longer than the test, so that no memory ends in it. */
const OUT_OF_STOCK_SECONDS = 3_600;

let novita: NovitaSimulator;
let database: TestDatabase;
let replicas: ServedApp[];
beforeAll(async () => {
  novita = await NovitaSimulator.start(QUICK);
  database = await createTestDatabase();
  const config = { instances: { outOfStockSeconds: OUT_OF_STOCK_SECONDS } };
  replicas = [];
  for (let count = 0; count < 3; count++) replicas.push(await serveApp(novita, database.url, config));
  for (const region of REGIONS) novita.setStock(PRODUCT, region, region === FREE ? 48 : 0);
});
afterAll(async () => {
  for (const replica of replicas) await replica.close();
  await database.drop();
  await novita.stop();
});

const replica = (at: number): ServedApp => {
  const served = replicas[at % replicas.length];
  if (!served) throw new Error('there is no replica');
  return served;
};
const createAt = async (at: number, name: string, changes: Record<string, unknown> = {}): Promise<string> => {
  const { body, status } = await replica(at).api.create({ name, productName: PRODUCT, regions: REGIONS, ...changes });
  expect(status, JSON.stringify(body)).toBe(202);
  return body.id;
};
const readyAt = async (at: number, name: string, changes: Record<string, unknown> = {}): Promise<InstanceDto> =>
  replica(at).api.until(await createAt(at, name, changes), 'ready');

/** Everything that happened, in the order of the commits. */
const allEvents = async (): Promise<EventDto[]> => {
  const all: EventDto[] = [];
  for (let after = ''; ;) {
    const { body } = await replica(0).api.request<EventListDto>('GET', `/api/events?limit=100${after}`);
    if (body.data.length === 0) return all;
    all.push(...body.data);
    after = `&after=${body.nextCursor}`;
  }
};

/** Offers that a create was written down for after another create for them had been refused, and not accepted since. */
const askedTwice = (events: EventDto[]): string[] => {
  const offers = new Map<string, string>();
  const refused = new Set<string>();
  const twice: string[] = [];
  for (const { type, subject, data } of events as (EventDto & { data: Record<string, unknown> })[]) {
    const attempt = `${subject.id}#${String(data['attempt'])}`;
    if (type === 'placement.sent') {
      const offer = `${String(data['productId'])} ${String(data['regionId'])} ${String(data['billingMode'])}`;
      offers.set(attempt, offer);
      if (refused.has(offer)) twice.push(`${attempt} ${offer}`);
    }
    if (type === 'placement.rejected') refused.add(offers.get(attempt) ?? '');
    if (type === 'placement.accepted') refused.delete(offers.get(attempt) ?? '');
  }
  return twice;
};

describe('three regions without stock, which the catalogue does not show, and a fourth that has some', () => {
  it('are tried once by the first instance, which is ready in the fourth, with four attempts on record', async () => {
    const ready = await readyAt(0, 'first');
    expect(ready.attempts).toMatchObject([
      ...REGIONS.slice(0, 3).map((regionId, at) => ({
        number: at + 1,
        state: 'REJECTED',
        regionId,
        reason: 'INSUFFICIENT_RESOURCE',
      })),
      { number: 4, state: 'ACCEPTED', regionId: FREE },
    ]);
    expect(ready.placement).toMatchObject({ regionId: FREE });
  });

  it('are not tried again by any instance of any replica', async () => {
    const ids: string[] = [];
    for (let at = 1; at <= 6; at++) ids.push(await createAt(at, `other-${at}`));
    for (const [at, id] of ids.entries()) {
      const { attempts } = await replica(at).api.until(id, 'ready');
      expect(attempts).toMatchObject([{ number: 1, state: 'ACCEPTED', regionId: FREE }]);
    }
    expect(askedTwice(await allEvents())).toEqual([]);
  });

  it('are not tried again either when all replicas find out at the same moment', async () => {
    const regions = ['us-ca-6', 'as-sgp-2'];
    for (const region of regions) novita.setStock('5090.16c96g', region, 0);
    const changes = { productName: 'RTX 5090', regions, billingMode: 'spotThenOnDemand' };
    const ids: string[] = [];
    for (let at = 0; at < 9; at++) ids.push(await createAt(at, `racing-${at}`, changes));
    for (const [at, id] of ids.entries()) await replica(at).api.until(id, 'waiting_capacity');
    const events = await allEvents();
    const refused = events.filter(({ type, subject }) => type === 'placement.rejected' && ids.includes(subject.id));
    // two regions by two billing modes, each refused at least once
    expect(refused.length).toBeGreaterThanOrEqual(4);
    expect(askedTwice(events)).toEqual([]);
  });

  it('are shown with what was learned of them, and when they are asked again', async () => {
    const path = `/api/offers?productName=${PRODUCT}&billingMode=spot&image=example/workload:1`;
    const { body } = await replica(2).api.request<OfferListDto>('GET', path);
    const learnedIn = (region: string) => body.data.find(({ regionId }) => regionId === region)?.learned;
    for (const region of REGIONS.slice(0, 3)) {
      const learned = learnedIn(region);
      expect(learned).toMatchObject({ successes: 0, secondsToReady: null, pullSeconds: null });
      expect(learned?.refusals).toBeCloseTo(1, 1);
      expect(learned?.outOfStockUntil).toEqual(expect.any(String));
    }
    expect(learnedIn(FREE)).toMatchObject({
      refusals: 0,
      outOfStockUntil: null,
      secondsToReady: expect.any(Number) as number,
      pullSeconds: expect.any(Number) as number,
    });
    expect(learnedIn(FREE)?.successes).toBeCloseTo(7, 0);
    expect(learnedIn(FREE)?.chance).toBeGreaterThan(0.9);
  });
});

describe('a request for GPUs by their memory, spot or else on demand', () => {
  const gpu = { names: ['H100', 'RTX 6000 Ada'], minMemoryGb: 80, count: 2 };
  const wanted = { productName: undefined, billingMode: 'spotThenOnDemand', gpu, regions: [] };

  it('buys on demand what is not sold as spot, while the whole machine is under its cap', async () => {
    const ready = await readyAt(0, 'h100', { ...wanted, maxPricePerHour: '5.12' });
    expect(ready).toMatchObject({ productName: null, gpu, gpuNum: 2, billingMode: 'spotThenOnDemand' });
    expect(ready.placement).toMatchObject({
      productName: 'H100 SXM 80GB',
      billingMode: 'onDemand',
      pricePerGpuHour: { amount: '2.56' },
      pricePerInstanceHour: { amount: '5.12' },
    });
  });

  it('buys nothing when the machine costs more, although one GPU would not', async () => {
    const { api } = replica(1);
    const { body } = await api.create({ name: 'thrifty', ...wanted, maxPricePerHour: '5.11' });
    const failed = await api.until(body.id, 'failed');
    expect(failed).toMatchObject({ failure: { code: 'NO_OFFER' }, attempts: [] });
    expect(failed.statusMessage).toContain('costs more than maxPricePerHour');
  });

  it('takes spot where it can be had', async () => {
    const ready = await readyAt(2, 'spot', { billingMode: 'spotThenOnDemand' });
    expect(ready.placement).toMatchObject({ billingMode: 'spot', regionId: FREE });
  });
});
