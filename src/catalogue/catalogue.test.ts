import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.js';
import { at, T0 } from '../../test/support/snapshot-builder.js';
import { NovitaUnavailable, type NovitaClient, type Template } from '../novita-api/novita-client.js';
import type { Clock } from '../time/clock.js';
import type { CacheOutcome } from '../metrics/cache-figures.js';
import { Catalogue } from './catalogue.js';

/** Novita's catalogue, for as far as the cache asks it: what it sells, how often it was asked, and whether it is down. */
class Shop {
  asked = 0;
  down: NovitaUnavailable | null = null;
  price = 18_000;
  forSale = true;
  template: Template | null = null;
  private opening: Promise<void> = Promise.resolve();

  /** Answers nobody until the returned function is called. */
  hold(): () => void {
    let open = (): void => undefined;
    this.opening = new Promise((resolve) => (open = resolve));
    return open;
  }

  client(): NovitaClient {
    const answer = async <T>(value: () => T): Promise<T> => {
      await this.opening;
      if (this.down) throw this.down;
      return value();
    };
    const client: Partial<NovitaClient> = {
      listClusters: () => {
        this.asked += 1;
        return answer(() => [{ clusterId: 'us-ca-6', name: 'US-CA-06 (California)' }]);
      },
      listProducts: () =>
        answer(() =>
          this.forSale
            ? [
                {
                  productId: 'p',
                  name: 'RTX 4090 24GB',
                  regionNames: [],
                  billingModes: ['spot'],
                  available: true,
                  stock: 'high',
                  pricePerGpuHour: { onDemand: null, spot: this.price },
                  cpuPerGpu: 1,
                  memoryGbPerGpu: 1,
                  minRootfsGb: null,
                  maxRootfsGb: null,
                },
              ]
            : [],
        ),
      listRegistryAuths: () => {
        this.asked += 1;
        const auth = { registryAuthId: String(this.asked), name: 'ghcr.io', username: 'me' };
        return answer(() => [auth]);
      },
      getTemplate: () => {
        this.asked += 1;
        return answer(() => this.template);
      },
    };
    return client as NovitaClient;
  }
}

describe('the catalogue', () => {
  let shop: Shop;
  let now: Date;
  let catalogue: Catalogue;
  beforeEach(() => {
    shop = new Shop();
    now = T0;
    const clock: Clock = { now: () => now, monotonicMs: () => now.getTime() };
    catalogue = new Catalogue(shop.client(), clock, 300);
  });
  const price = async (maxAgeSeconds?: number) => (await catalogue.offers(maxAgeSeconds)).value[0]?.pricePerGpuHour;
  const down = new NovitaUnavailable('network', 'no connection', 7);

  it('asks for registry credentials anew after they were changed', async () => {
    const listed = async () => (await catalogue.registryAuths()).value[0]?.registryAuthId;
    expect([await listed(), await listed()]).toEqual(['1', '1']);
    now = at(1);
    catalogue.noteRegistryAuthsChange();
    now = at(2);
    expect([await listed(), await listed()]).toEqual(['2', '2']);
  });

  it('asks Novita once, however many ask the catalogue at once', async () => {
    const open = shop.hold();
    const answers = Promise.all(Array.from({ length: 20 }, () => price()));
    open();
    expect(new Set(await answers)).toEqual(new Set([18_000]));
    expect(shop.asked).toBe(1);
  });

  it('gives out an answer that is too old while it asks for a new one, once, and then the new one', async () => {
    const outcomes: CacheOutcome[] = [];
    const clock: Clock = { now: () => now, monotonicMs: () => now.getTime() };
    const shortLived = new Catalogue(shop.client(), clock, 10, (outcome) => outcomes.push(outcome));
    const offered = async () => (await shortLived.offers()).value[0]?.pricePerGpuHour;
    await offered();
    shop.price = 20_000;
    now = at(11);
    const open = shop.hold();
    expect([await offered(), await offered()]).toEqual([18_000, 18_000]);
    expect(shop.asked).toBe(2);
    open();
    await eventually('the new one is given out', async () => (await offered()) === 20_000);
    expect(outcomes.slice(0, 3)).toEqual(['miss', 'stale', 'stale']);
  });

  it('remembers the answer, and when it was given', async () => {
    await price();
    now = at(100);
    expect(await catalogue.offers()).toMatchObject({ observedAt: T0 });
    expect(shop.asked).toBe(1);
  });

  it('asks anew for who needs a newer answer than it has, and waits for it', async () => {
    await price();
    shop.price = 20_000;
    now = at(11);
    expect(await price(20)).toBe(18_000);
    expect(await Promise.all([price(10), price(10)])).toEqual([20_000, 20_000]);
    expect(shop.asked).toBe(2);
  });

  it('gives the last answer, with its true age, while Novita is down', async () => {
    await price();
    shop.down = down;
    now = at(1000);
    expect(await catalogue.offers(10)).toMatchObject({ observedAt: T0, value: [{ pricePerGpuHour: 18_000 }] });
  });

  it('says that Novita cannot be asked when there is no last answer, and asks again the next time', async () => {
    shop.down = down;
    await expect(price()).rejects.toMatchObject({ code: 'CATALOGUE_UNAVAILABLE', details: { retryAfterSeconds: 7 } });
    shop.down = null;
    expect(await price()).toBe(18_000);
  });

  it('takes "nothing is for sale" for no answer: it would fail every instance that waits', async () => {
    shop.forSale = false;
    await expect(price()).rejects.toMatchObject({ code: 'CATALOGUE_UNAVAILABLE' });
    shop.forSale = true;
    await price();
    shop.forSale = false;
    now = at(11);
    expect(await price(10)).toBe(18_000);
  });

  it('believes that a template is missing for a few seconds only', async () => {
    expect(await catalogue.template('7')).toBeNull();
    now = at(5);
    await catalogue.template('7');
    expect(shop.asked).toBe(1);
    shop.template = { templateId: '7' } as Template;
    now = at(6);
    expect(await catalogue.template('7')).toEqual({ templateId: '7' });
    now = at(60);
    await catalogue.template('7');
    expect(shop.asked).toBe(2);
  });
});
