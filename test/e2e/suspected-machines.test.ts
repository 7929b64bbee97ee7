import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';

/** A create came true unseen, and a person gave its machine another name before anybody saw it. */
let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const NEVER = 1e9;

/** The id of an instance, and of the machine of its create that nobody has seen under its own name. */
const renamedUnseen = async (name: string, changes: Record<string, unknown> = {}) => {
  const known = new Set(app.novita.machines().map(({ id }) => id));
  app.novita.faults.always('listInstances', { listLag: NEVER });
  app.novita.faults.next('createInstance', { after: true, drop: true });
  const { id } = (await app.api.create({ name, ...changes })).body;
  const machine = await eventually('the machine is made', () =>
    app.novita.machines().find((one) => !known.has(one.id)),
  );
  app.novita.rename(machine.id, `my-own-${name}`);
  app.novita.faults.clear();
  return { id, machineId: machine.id };
};

const unaccounted = async (): Promise<number> =>
  Number(/^novitai_unaccounted_dollars_per_hour (\S+)/m.exec(await (await fetch(`${app.url}/metrics`)).text())?.[1]);

it('is shown as suspected with its instance, counts as unaccounted, is left alone, and goes when a person says so', async () => {
  const { id, machineId } = await renamedUnseen('lost');
  const { machine } = await app.api.until(id, 'ready');
  expect(machine?.id).not.toBe(machineId);
  const [suspected] = await eventually('it is suspected', async () => {
    const machines = await app.api.machines('suspected');
    return machines.length > 0 && machines;
  });
  expect(suspected).toMatchObject({ id: machineId, name: 'my-own-lost', instance: { id, name: 'lost' } });
  await eventually('it counts', async () => (await unaccounted()) > 0);

  // a copy of a machine that is known is somebody's own
  const original = app.novita.machines().find((one) => one.id === machine?.id);
  const copy = await app.novita.addForeignMachine('my-copy', { envs: original?.envs });
  await eventually('the copy is seen', async () =>
    (await app.api.machines('foreign')).some((one) => one.id === copy.id),
  );
  expect((await app.api.machines('suspected')).map((one) => one.id)).toEqual([machineId]);
  const refused = await app.api.request('POST', `/api/machines/${copy.id}/terminate`);
  expect(refused).toMatchObject({ status: 409, body: { code: 'FOREIGN_MACHINE' } });
  expect(app.novita.machines().find((one) => one.id === machineId)?.deleteRequestedAt).toBeNull();

  expect((await app.api.request('POST', `/api/machines/${machineId}/terminate`)).status).toBe(202);
  await eventually('it is deleted', () =>
    app.novita.machines().every((one) => one.id !== machineId || one.deleteRequestedAt !== null),
  );
  await eventually('nothing is unaccounted', async () => (await unaccounted()) === 0);
  expect((await app.api.get(id)).machine?.id).toBe(machine?.id);
});

it('is bound to its instance when a person adopts it', async () => {
  const { id, machineId } = await renamedUnseen('found', { onAmbiguous: 'fail' });
  await app.api.until(id, 'failed');
  await eventually('it is suspected', async () =>
    (await app.api.machines('suspected')).some((one) => one.id === machineId),
  );
  expect((await app.api.request('POST', `/api/machines/${machineId}/adopt`)).status).toBeLessThan(300);
  const ready = await app.api.until(id, 'ready');
  expect(ready.machine?.id).toBe(machineId);
  expect(await app.api.machines('suspected')).toEqual([]);
});
