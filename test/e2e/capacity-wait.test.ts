/** Instances that wait for capacity, three replicas and the simulator: who asks the catalogue, and who buys. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplanationDto } from '../../src/explanation/api/explanation.dto.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { eventually } from '../support/eventually.js';
import type { TestDatabase } from '../support/empty-database.js';
import { QUICK, serveApp, type ServedApp } from '../support/running-app.js';
import { createTestDatabase } from '../support/test-database.js';

const PRODUCT = '5090.16c96g';
const REGION = 'us-tx-1';
const WAITERS = 60;
const STOCK = 3;

let novita: NovitaSimulator;
let database: TestDatabase;
let replicas: ServedApp[];
beforeAll(async () => {
  novita = await NovitaSimulator.start(QUICK);
  database = await createTestDatabase();
  replicas = [];
  // longer than the test, so that no memory ends in it
  const config = { instances: { outOfStockSeconds: 3_600 } };
  for (let count = 0; count < 3; count++) replicas.push(await serveApp(novita, database.url, config));
  novita.setStock(PRODUCT, undefined, 0);
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
const looksWritten = async (): Promise<number> => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ looks: string }>('SELECT looks FROM capacity_looks');
  await client.end();
  return Number(rows[0]?.looks);
};
const looksSeen = (): number =>
  novita.requests().filter(({ operation, query }) => operation === 'listProducts' && query['billingMethod'] === 'spot')
    .length;

describe('many instances that wait', () => {
  const ids: string[] = [];
  const explained = async (id: string): Promise<ExplanationDto> =>
    (await replica(0).api.request<ExplanationDto>('GET', `/api/instances/${id}/explain`)).body;

  it('are answered by one look at the catalogue for all of them, and ask nothing themselves', async () => {
    for (let at = 0; at < WAITERS; at++) {
      const { body } = await replica(at).api.create({ name: `w-${at}`, productName: 'RTX 5090', regions: [REGION] });
      ids.push(body.id);
    }
    for (const [at, id] of ids.entries()) await replica(at).api.until(id, 'waiting_capacity');
    const [written, seen] = [await looksWritten(), looksSeen()];
    const after = await eventually('the catalogue was looked at twice more', async () => {
      const looks = await looksWritten();
      return looks >= written + 2 && looks;
    });
    expect(looksSeen() - seen).toBeLessThanOrEqual(after - written + 1);
    expect(novita.requests().filter(({ operation }) => operation === 'createInstance')).toEqual([]);
  });

  it('are told who waits longer, until when, and why no offer is taken', async () => {
    const explanation = await explained(ids[1] ?? '');
    expect(explanation).toMatchObject({
      status: 'waiting_capacity',
      waitingFor: 'capacity',
      capacityWait: { ahead: 1, slot: 'current', lookedAt: expect.any(String) as string, offer: null },
      deadline: { of: 'capacity', failure: 'NO_CAPACITY' },
    });
    expect(explanation.statusMessage).toContain(`in ${REGION} as spot: it is out of stock`);
  });

  it('buy a stock of three by three, the longest-waiting first, and no fourth', async () => {
    novita.setStock(PRODUCT, REGION, STOCK);
    for (const id of ids.slice(0, STOCK)) await replica(0).api.until(id, 'ready');
    const refused = await eventually('one more was refused', async () => {
      const { attempts } = await replica(1).api.get(ids[STOCK] ?? '');
      return attempts.length > 0 && attempts;
    });
    expect(refused).toMatchObject([{ state: 'REJECTED', reason: 'INSUFFICIENT_RESOURCE' }]);
    await replica(2).api.until(ids[STOCK] ?? '', 'waiting_capacity');
    const machines = novita.ledger();
    expect(machines).toHaveLength(STOCK);
    const offered = await Promise.all(
      ids.map(
        async (id) => (await replica(0).api.events(id)).filter(({ type }) => type === 'placement.offered').length,
      ),
    );
    expect(offered).toEqual(ids.map((_, at) => (at <= STOCK ? 1 : 0)));
  });

  it('go on waiting, and one that does not wait fails at once with all reasons', async () => {
    const { body } = await replica(1).api.create({
      name: 'impatient',
      productName: 'RTX 5090',
      regions: [REGION],
      capacityWait: { forMinutes: 0 },
    });
    expect(body.capacityWait).toEqual({ forMinutes: 0 });
    const failed = await replica(2).api.until(body.id, 'failed');
    expect(failed.failure?.code).toBe('NO_CAPACITY');
    expect(failed.statusMessage).toContain('the request does not wait (capacityWait)');
    expect(failed.statusMessage).toContain('in as-sgp-2 as spot: another region was asked for');
    expect((await replica(0).api.get(ids.at(-1) ?? '')).status).toBe('waiting_capacity');
  });
});
