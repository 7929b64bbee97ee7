/**
 * One row of the database that cannot be read: sealed by a key that is lost, or changed. Its page, its instance and the others are
 * shown as ever, and its machine is deleted. Over HTTP, with keys that really differ and rows that are really changed.
 */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sealing } from '../../src/secrets/sealing.js';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const LOST = new Sealing('the deployment secret that somebody has lost');
const ENVS = [{ key: 'TOKEN', value: 'a-value-that-is-sealed' }];

let app: RunningApp;
let database: pg.Client;
beforeAll(async () => {
  app = await startApp();
  database = new pg.Client({ connectionString: app.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await app.stop();
});

// a write of somebody else: a pass that has read the row before does not write over it
const sealedByALostKey = (id: string): Promise<unknown> =>
  database.query('UPDATE instances SET sealed_envs = $2, version = version + 1 WHERE id = $1', [
    id,
    LOST.seal(JSON.stringify(ENVS), `instances|${id}|envs`),
  ]);
const set =
  (table: 'instances' | 'create_attempts' | 'machines', column: string, value: string) =>
  (id: string): Promise<unknown> =>
    database.query(
      table === 'instances'
        ? `UPDATE instances SET ${column} = $2, version = version + 1 WHERE id = $1`
        : `UPDATE ${table} SET ${column} = $2 WHERE instance_id = $1`,
      [id, value],
    );

/** Tells what is wrong: this may be passed by, because the next look or pass puts it right. */
const TOLD = /cannot be (opened|read)/;
const DAMAGES: [damage: string, change: (id: string) => Promise<unknown>, told: RegExp | null][] = [
  ['variables sealed by a lost key', sealedByALostKey, TOLD],
  ['variables that are no sealed text', set('instances', 'sealed_envs', 'x'), TOLD],
  ...['{}', '[]', '"text"', 'null', '{"productName": "a", "gpuNum": 1, "readiness": 5}'].map(
    (spec): (typeof DAMAGES)[number] => [`the request ${spec}`, set('instances', 'spec', spec), TOLD],
  ),
  ...['{}', '[]', '"text"', 'null', '{"wantedAt": "never", "placement": {}}'].map(
    (progress): (typeof DAMAGES)[number] => [`the progress ${progress}`, set('instances', 'progress', progress), null],
  ),
  ...['{}', '[]', 'null', '{"pricePerGpuHour": "much"}'].map((offer): (typeof DAMAGES)[number] => [
    `the offer ${offer}`,
    set('create_attempts', 'offer', offer),
    null,
  ]),
  ...['{}', '[]', 'null', '{"endpoints": [5, null, {}], "failure": 7}'].map((seen): (typeof DAMAGES)[number] => [
    `the observation ${seen}`,
    set('machines', 'observation', seen),
    null,
  ]),
  ['the ways in, sealed by a lost key', set('machines', 'sealed_access', LOST.seal('{}', 'machines|x|access')), null],
];

describe.concurrent('a row that cannot be read', () => {
  it.for(DAMAGES)('%s: it is shown beside the others, stopped and deleted', async (damage, { expect }) => {
    const [, change, told] = damage;
    const name = `damaged-${DAMAGES.indexOf(damage)}`;
    const { id } = (await app.api.create({ name, envs: ENVS })).body;
    const machineId = (await app.api.until(id, 'ready')).machine?.id;
    const { id: whole } = (await app.api.create({ name: `beside-${name}` })).body;
    await change(id);

    const paths = [
      'instances?limit=100',
      `instances/${id}`,
      `instances/${id}?include=secrets`,
      `instances/${id}/events`,
    ];
    for (const path of [...paths, `instances/${name}`, 'fleet', 'machines', 'metrics']) {
      expect((await app.api.request('GET', `/api/${path}`)).status, path).toBe(200);
    }
    if (told) expect((await app.api.get(id)).statusMessage).toMatch(told);
    await app.api.until(whole, 'ready');
    expect((await app.api.ask(id, 'stop')).status).toBe(202);
    await app.api.until(id, 'stopped');
    expect((await app.api.delete(id)).status).toBe(202);
    await app.api.until(id, 'deleted');
    expect(app.novita.machine(machineId ?? '').goneAt).not.toBeNull();
    await app.api.delete(whole);
    await app.api.until(whole, 'deleted');
  });
});

describe('a row that cannot be read, where nothing else may be bought', () => {
  it.each([
    ['its variables', sealedByALostKey],
    ['its request', set('instances', 'spec', '{}')],
  ])('nothing is bought without %s, and it goes on when they can be read again', async (_what, change) => {
    app.novita.faults.always('createInstance', { status: 429, reason: 'RATE_LIMIT_EXCEEDED', retryAfter: 1 });
    const { id } = (await app.api.create({ name: 'waits', envs: ENVS })).body;
    await eventually('it was refused', async () => (await app.api.get(id)).attempts.length > 0);
    const { rows } = await database.query<{ spec: unknown; sealed_envs: string }>(
      'SELECT * FROM instances WHERE id = $1',
      [id],
    );
    await change(id);
    // a create that left before the change is still refused
    const waits = await eventually('it says why', async () => {
      const shown = await app.api.get(id);
      return shown.conditions.some(({ reason }) => reason === 'WaitingForUnreadable') && shown;
    });
    expect(waits).toMatchObject({ status: 'pending', statusMessage: expect.stringMatching(TOLD) as string });
    app.novita.faults.clear();
    const refused = app.novita.count('createInstance');
    await database.query('UPDATE instances SET wake_at = now() WHERE id = $1', [id]);
    await eventually('it was looked at again', async () => {
      const { rows: looked } = await database.query<{ again: boolean }>(
        'SELECT wake_at > now() AS again FROM instances WHERE id = $1',
        [id],
      );
      return looked[0]?.again === true;
    });
    expect(app.novita.machines().filter(({ goneAt }) => goneAt === null)).toEqual([]);
    expect(app.novita.count('createInstance')).toBe(refused);
    await database.query('UPDATE instances SET spec = $2, sealed_envs = $3 WHERE id = $1', [
      id,
      JSON.stringify(rows[0]?.spec),
      rows[0]?.sealed_envs,
    ]);
    const ready = await app.api.until(id, 'ready');
    expect(app.novita.machine(ready.machine?.id ?? '').envs).toEqual(expect.arrayContaining(ENVS));
    await app.api.delete(id);
    await app.api.until(id, 'deleted');
  });

  it('of the fleet holds buying until a person resumes it, and no request fails', async () => {
    await database.query(
      `UPDATE fleet_guard SET frozen = '"text"', sight = '{"held": 5}', creates_paused = '{"until": 7}'`,
    );
    const { id } = (await app.api.create({ name: 'held' })).body;
    const { frozen } = await eventually('it is told', async () => {
      const fleet = await app.api.fleet();
      return fleet.frozen && fleet;
    });
    expect(frozen).toMatchObject({ detail: expect.stringContaining('cannot be read') as string });
    expect((await app.api.request('POST', '/api/fleet/resume')).status).toBe(200);
    await app.api.until(id, 'ready');
    await app.api.delete(id);
    await app.api.until(id, 'deleted');
  });

  it('one that holds no machine, and may have failed, buys none by guess', async () => {
    app.novita.faults.always('createInstance', { status: 400, reason: 'VALIDATOR_PARAM', message: 'no' });
    const { id } = (await app.api.create({ name: 'rests' })).body;
    await app.api.until(id, 'failed');
    app.novita.faults.clear();
    await set('instances', 'progress', '{}')(id);
    await database.query('UPDATE instances SET wake_at = now() WHERE id = $1', [id]);
    expect(await app.api.get(id)).toMatchObject({ status: 'failed', failure: { code: 'STATE_UNREADABLE' } });
    await app.api.ask(id, 'start');
    await app.api.until(id, 'ready');
    await app.api.delete(id);
    await app.api.until(id, 'deleted');
  });
});
