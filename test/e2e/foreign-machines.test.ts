import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { lookAlikesOf, type LookAlike } from '../support/look-alikes.js';
import { liveMachinesOf, machinesOf } from '../support/machines-of.js';
import { startApp, type RunningApp } from '../support/running-app.js';
import { taggerOf } from '../support/tagger-of.js';

const FOREIGN = 500;

describe('five hundred machines of others that look like ours', () => {
  let app: RunningApp;
  const foreign = new Map<string, LookAlike>();
  beforeAll(async () => {
    app = await startApp({ config: { novitaApi: { timeoutMs: 1_000 }, instances: { createSettleSeconds: 2 } } });
    app.novita.setStock('4090.16c62g', undefined, FOREIGN);
    await eventually('the account is known', async () => (await app.api.fleet()).hold === null);
    const { id } = (await app.api.create({ name: 'the-original' })).body;
    await app.api.until(id, 'ready');
    const [original] = machinesOf(app.novita, id);
    for (const lookAlike of lookAlikesOf(original?.name ?? '', FOREIGN)) {
      const { name, envs = [] } = lookAlike;
      const machine = await app.novita.addForeignMachine(name, { productId: '4090.16c62g', envs });
      foreign.set(machine.id, lookAlike);
    }
  });
  afterAll(() => app.stop());

  const oneOfEachFamily = (): [string, string][] => [
    ...new Map([...foreign].map(([machineId, { family }]) => [family, machineId])),
  ];
  /** A create that is lost on its way. While it is looked for, the fleet is listed every few seconds. */
  const beginLost = async (name: string): Promise<string> => {
    app.novita.faults.next('createInstance', { drop: true });
    const { id } = (await app.api.create({ name })).body;
    await eventually(`the create of ${name} was sent`, () => app.novita.faults.waiting === 0);
    return id;
  };
  /** Novita carries out the first create of an instance, long after everybody has given it up. */
  const executeTooLate = async (instanceId: string): Promise<string> => {
    const tagger = await taggerOf(app.databaseUrl);
    return (await app.novita.addForeignMachine(tagger.write({ instanceId, attempt: 1 }))).id;
  };

  it('are listed as foreign, all of them, and nothing is said to be unaccounted for', async () => {
    await beginLost('searched-for-first');
    const listed = await eventually('all are listed', async () => {
      const machines = await app.api.machines('foreign');
      return machines.length === FOREIGN && machines;
    });
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(foreign.keys()));
    expect(listed.every(({ pricePerInstanceHour }) => pricePerInstanceHour?.amount === '0.35')).toBe(true);
    const fleet = await app.api.fleet();
    expect(fleet.verdicts.find(({ verdict }) => verdict === 'foreign')).toMatchObject({
      machines: FOREIGN,
      pricePerHour: { amount: '175.00', currency: 'USD' },
    });
    expect(fleet).toMatchObject({ frozen: null, unaccountedPerHour: { amount: '0.00' } });
    // a scrape may share a survey that is some seconds old
    await expect.poll(dollarGauges).toMatchObject({ foreign: 175, unaccounted: 0 });
  });
  const dollarGauges = async (): Promise<Record<string, number>> => {
    const text = await (await fetch(`${app.url}/metrics`)).text();
    return Object.fromEntries(
      [...text.matchAll(/^novitai_(\w+)_dollars_per_hour (.+)$/gm)].map(([, of = '', value]) => [of, Number(value)]),
    );
  };

  it('are left alone while instances beside them live, die, and have twins that are deleted', async () => {
    const late = await beginLost('too-late');
    const gone = await beginLost('deleted-too-late');
    await app.api.delete(gone);
    const names = Array.from({ length: 12 }, (_, at) => `beside-${at}`);
    await Promise.all(names.map((name) => app.api.create({ name })));
    for (const name of names) await app.api.until(name, 'ready');
    for (const name of names.slice(0, 4)) await app.api.ask(name, 'stop');
    for (const name of names.slice(0, 4)) await app.api.until(name, 'stopped');
    for (const name of names.slice(4, 6)) await app.api.ask(name, 'restart');
    await app.api.ask('beside-0', 'start');
    const ids = await Promise.all(names.map(async (name) => (await app.api.get(name)).id));
    for (const id of ids.slice(6)) await app.api.delete(id);
    for (const id of ids.slice(6)) await app.api.until(id, 'deleted');
    await app.api.until(gone, 'deleted');
    const { machine } = await app.api.until(late, 'ready');
    const surplus = [await executeTooLate(late), await executeTooLate(gone)];
    await beginLost('searched-for-last');
    for (const machineId of surplus) {
      await eventually('what is one too many is deleted', () => isRemoved(machineId));
    }
    expect(liveMachinesOf(app.novita, late)).toMatchObject([{ machineId: machine?.id }]);
  });
  const isRemoved = (machineId: string): boolean => app.novita.machine(machineId).removedAt !== null;

  it('are refused to a person who would adopt or terminate them here, and may be ignored', async () => {
    for (const [family, machineId] of oneOfEachFamily()) {
      for (const word of ['adopt', 'terminate'] as const) {
        const { status, body } = await app.api.decide<{ code: string }>(machineId, word);
        expect([family, status, body.code]).toEqual([family, 409, 'FOREIGN_MACHINE']);
      }
      expect((await app.api.decide(machineId, 'ignore')).body).toMatchObject({ id: machineId, ignored: true });
    }
  });

  it('have not been named by any request but to look, and run as they ran', () => {
    const kills = app.novita.requests().filter(({ operation }) => operation === 'deleteInstance').length;
    const ledger = app.novita.ledger().filter(({ machineId }) => foreign.has(machineId));
    const touched = ledger.filter(
      ({ status, removedAt, deleteRequestedAt, segments }) =>
        status !== 'running' || removedAt !== null || deleteRequestedAt !== null || segments.length !== 1,
    );
    const named = app.novita
      .requests()
      .filter(({ method, machineId }) => method !== 'GET' && machineId !== null && foreign.has(machineId));
    const writes = app.novita.requests().filter(({ method }) => method !== 'GET').length;
    console.log(
      `FIGURE ${ledger.length} foreign machines of ${oneOfEachFamily().length} look-alike families: ` +
        `${named.length} of ${writes} writes (${kills} deletes) named one of them, ${touched.length} touched`,
    );
    expect(ledger).toHaveLength(FOREIGN);
    expect(named).toEqual([]);
    expect(touched).toEqual([]);
  });
});
