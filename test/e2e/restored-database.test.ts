import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDatabase, createPool } from '../../src/database/pool.js';
import type { EventListDto } from '../../src/events/event.dto.js';
import type { FleetMachineDto } from '../../src/fleet/api/machine.dto.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import type { LedgerEntry } from '../novita-simulator/ledger.js';
import { createEmptyDatabase, type TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { QUICK, serveApp, type ServedApp } from '../support/running-app.js';
import { createTestDatabase } from '../support/test-database.js';

const FLEET = 100;
/** So many does the copy of yesterday know. */
const OLD = 2;
const CREATES_WHILE_FROZEN = 3;

/**
 * The worst that an operator can do with good intentions: the database is lost, yesterday's copy takes its place, and a hundred
 * machines that were bought since run on. They are paid for and in use, and the copy knows nothing of them.
 */
describe('yesterday’s database put in the place of today’s, with a hundred machines bought since', () => {
  let novita: NovitaSimulator;
  let today: TestDatabase;
  let yesterday: TestDatabase;
  let service: ServedApp;

  beforeAll(async () => {
    novita = await NovitaSimulator.start(QUICK);
    novita.setStock('4090.16c62g', undefined, 2 * FLEET);
    today = await createTestDatabase();
  });
  afterAll(async () => {
    await service.close();
    await today.drop();
    await yesterday.drop();
    await novita.stop();
  });

  const live = (): LedgerEntry[] => novita.ledger().filter(({ removedAt }) => removedAt === null);
  const orderedRemovals = (): number => novita.requests().filter(({ kind }) => kind === 'release').length;
  const buy = async (names: string[]): Promise<void> => {
    await eventually('the account is known', async () => (await service.api.fleet()).hold === null);
    for (const name of names) expect((await service.api.create({ name })).status).toBe(202);
    for (const name of names) await service.api.until(name, 'ready');
  };
  const fleetEvents = async () =>
    (await service.api.request<EventListDto>('GET', '/api/events?subject=fleet')).body.data;
  let unknown: FleetMachineDto[] = [];

  it('is what this test makes', async () => {
    service = await serveApp(novita, today.url);
    await buy(Array.from({ length: OLD }, (_, at) => `old-${at}`));
    await service.close();
    yesterday = await createEmptyDatabase(inject('testDatabaseServer').url, today.name);
    await grow(yesterday.url, { olderByHours: 24 });

    service = await serveApp(novita, today.url);
    await buy(Array.from({ length: FLEET }, (_, at) => `new-${at}`));
    await service.close();
    expect(live()).toHaveLength(OLD + FLEET);
  });

  it('freezes the service, which says why, and neither kills nor buys', async () => {
    service = await serveApp(novita, yesterday.url);
    const frozen = await eventually('it is frozen', async () => (await service.api.fleet()).frozen);
    expect(frozen.why).toBe('restored-database');
    expect(frozen.detail).toContain(`${FLEET} machines`);
    expect(frozen.detail).toContain('POST /api/fleet/resume');
    const names = Array.from({ length: CREATES_WHILE_FROZEN }, (_, at) => `frozen-${at}`);
    for (const name of names) expect((await service.api.create({ name })).status).toBe(202);
    unknown = await service.api.machines('unknown');
    expect(unknown).toHaveLength(FLEET);
    const fleet = await service.api.fleet();
    expect(fleet.hold?.waitingFor).toBe('frozen');
    expect(fleet.unaccountedPerHour).toEqual({ amount: '18.00', currency: 'USD' });
    const lists = novita.count('listInstances');
    await eventually('the list was read again', () => novita.count('listInstances') > lists + 1);
    for (const name of names) {
      expect(await service.api.get(name)).toMatchObject({ status: 'pending', attempts: [] });
    }
    expect(live()).toHaveLength(OLD + FLEET);
    expect(orderedRemovals()).toBe(0);
  });

  it('is mended by a person, who adopts each machine and resumes: all are bound, and none was lost', async () => {
    const boughtBefore = novita.count('createInstance');
    const adopted: string[] = [];
    for (const { id } of unknown) {
      const { status, body } = await service.api.decide(id, 'adopt');
      expect([status, body.desiredState, body.machine?.id]).toEqual([202, 'running', id]);
      adopted.push(body.id);
    }
    expect(new Set(adopted).size).toBe(FLEET);
    const [recovered] = await service.api.events(adopted[0] ?? '');
    expect(recovered).toMatchObject({ seq: 1, type: 'instance.recovered', actor: 'operator' });
    expect(recovered?.requestId).toBeTruthy();
    // when it was adopted, which is after the freeze; its machine is older
    const [frozen] = await fleetEvents();
    expect(Date.parse(recovered?.at ?? '')).toBeGreaterThan(Date.parse(frozen?.at ?? ''));
    expect(novita.count('createInstance')).toBe(boughtBefore);
    const { status } = await service.api.request('POST', '/api/fleet/resume');
    expect(status).toBe(200);
    expect(await fleetEvents()).toMatchObject([
      {
        seq: 1,
        type: 'fleet.frozen',
        actor: 'policy:fleet-guard',
        data: { why: 'restored-database' },
        requestId: null,
      },
      { seq: 2, type: 'fleet.resumed', actor: 'operator', data: { why: 'restored-database' } },
    ]);
    for (const id of adopted) await service.api.until(id, 'ready');
    for (let at = 0; at < CREATES_WHILE_FROZEN; at += 1) await service.api.until(`frozen-${at}`, 'ready');

    const fleet = await service.api.fleet();
    const bound = await service.api.machines('bound');
    const survivors = live().filter(({ machineId }) => unknown.some(({ id }) => id === machineId));
    console.log(
      `FIGURE restored database: ${unknown.length} machines unknown, 0 bought and ${orderedRemovals()} killed while frozen; ` +
        `${adopted.length} adopted, ${bound.length} bound and ready after resume, ` +
        `${novita.ledger().length - live().length} removed in the ledger`,
    );
    expect(fleet).toMatchObject({ frozen: null, unaccountedPerHour: { amount: '0.00' } });
    expect(bound).toHaveLength(OLD + FLEET + CREATES_WHILE_FROZEN);
    expect(survivors).toHaveLength(FLEET);
    expect(novita.ledger()).toHaveLength(OLD + FLEET + CREATES_WHILE_FROZEN);
    expect(live()).toHaveLength(OLD + FLEET + CREATES_WHILE_FROZEN);
    expect(orderedRemovals()).toBe(0);
  });
});

/** A test has no day to wait: what the copy says it saw last, it saw so much earlier. */
const grow = async (url: string, { olderByHours }: { olderByHours: number }): Promise<void> => {
  const database = createDatabase(createPool({ url, maxConnections: 1, onIdleError: () => undefined }));
  await sql`UPDATE fleet_guard SET verified_at = verified_at - make_interval(hours => ${olderByHours})`.execute(
    database,
  );
  await database.destroy();
};
