import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import type { ProblemBody } from '../../src/http/problem.dto.js';
import { eventually } from '../support/eventually.js';
import { machinesOf } from '../support/machines-of.js';
import { startApp, type RunningApp } from '../support/running-app.js';

/** What the code cannot find out, a person says: a create made no machine, or a machine is gone. */
let app: RunningApp;
let admin: Client;
beforeAll(async () => {
  app = await startApp();
  admin = new Client({ connectionString: app.databaseUrl });
  await admin.connect();
});
beforeEach(() => {
  app.novita.faults.clear();
});
afterAll(async () => {
  await admin.end();
  await app.stop();
});

/** An instance, or a refusal. */
type Said = Omit<InstanceDto, 'status'> & Pick<ProblemBody, 'code' | 'detail'>;

const declareAbsent = (id: string, attempt: number | string = 1, headers: Record<string, string> = {}) =>
  app.api.request<Said>('POST', `/api/instances/${id}/attempts/${attempt}/absent`, undefined, headers);

const declareGone = (machineId: string) => app.api.request<Said>('POST', `/api/machines/${machineId}/gone`);

const eventsOf = async (id: string, types: RegExp) => (await app.api.events(id)).filter(({ type }) => types.test(type));

/** A create whose outcome nobody can find out, since Novita's list cannot be read. */
const doubtful = async (name: string, fault: object): Promise<string> => {
  await eventually('the account is known', async () => (await app.api.fleet()).hold === null);
  app.novita.faults.always('listInstances', { status: 500 });
  app.novita.faults.next('createInstance', { ...fault, drop: true });
  const { id } = (await app.api.create({ name })).body;
  await app.api.until(id, 'uncertain');
  return id;
};

/** An unanswered create has the fleet listed every few seconds instead of every thirty. */
const listSoon = async (name: string): Promise<void> => {
  app.novita.faults.clear();
  app.novita.faults.next('createInstance', { drop: true });
  await app.api.create({ name });
};

const settle = (id: string) =>
  admin.query("UPDATE create_attempts SET settle_after = settle_after - interval '1 hour' WHERE instance_id = $1", [
    id,
  ]);

it('a create that a person calls absent is written off when its window is over, and the instance goes on by itself', async () => {
  const id = await doubtful('in-vain', {});
  await admin.query("UPDATE create_attempts SET settle_after = now() + interval '1 hour' WHERE instance_id = $1", [id]);
  const early = await declareAbsent(id);
  expect(early).toMatchObject({ status: 409, body: { code: 'ATTEMPT_NOT_SETTLED', instanceId: id } });
  expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(3_000);
  expect((await declareAbsent(id, 2)).body.code).toBe('ATTEMPT_NOT_FOUND');
  expect((await declareAbsent(id, '0x1')).body.code).toBe('ATTEMPT_NOT_FOUND');
  expect((await declareAbsent('nobody')).body.code).toBe('INSTANCE_NOT_FOUND');

  await admin.query("UPDATE create_attempts SET settle_after = now() - interval '1 s' WHERE instance_id = $1", [id]);
  expect((await declareAbsent(id, 1, { 'if-match': '"1"' })).body.code).toBe('PRECONDITION_FAILED');
  const { status, body, headers } = await declareAbsent(id);
  expect(status).toBe(202);
  expect(body.attempts[0]).toMatchObject({ state: 'ABSENT', reason: 'DECLARED_ABSENT' });
  expect(headers.get('etag')).toMatch(/^"\d+"$/);
  expect((await declareAbsent(id)).status).toBe(202);

  const ready = await app.api.until(id, 'ready');
  expect(ready.attempts.map(({ state }) => state)).toEqual(['ABSENT', 'ACCEPTED']);
  expect((await declareAbsent(id, 2)).body.code).toBe('ATTEMPT_NOT_IN_DOUBT');
  const said = await eventsOf(id, /declared|disproved/);
  expect(said).toMatchObject([{ type: 'placement.declared_absent', actor: 'operator', data: { attempt: 1 } }]);
  expect(machinesOf(app.novita, id)).toHaveLength(1);
});

it('a machine that a person said was never made is told when it is seen, and deleted beside the new one', async () => {
  const id = await doubtful('mistaken', { after: true });
  await settle(id);
  expect((await declareAbsent(id)).status).toBe(202);
  const { machine } = await app.api.until(id, 'ready');
  expect(machinesOf(app.novita, id)).toHaveLength(2);

  await listSoon('searched-for');
  await eventually('the first one is deleted', () =>
    machinesOf(app.novita, id).every((one) => one.machineId === machine?.id || one.deleteRequestedAt !== null),
  );
  const other = machinesOf(app.novita, id).find((one) => one.machineId !== machine?.id);
  expect(await eventsOf(id, /disproved|condemned/)).toMatchObject([
    { type: 'operator.disproved', data: { said: 'absent', attempt: 1, machineId: other?.machineId } },
    { type: 'machine.condemned', data: { attempt: 1 } },
  ]);
  expect((await app.api.get(id)).attempts[0]).toMatchObject({ reason: 'DISPROVED' });
  expect((await app.api.get(id)).machine?.id).toBe(machine?.id);
});

it('no word is taken against a machine that is known, also by its environment only', async () => {
  const id = await doubtful('renamed', { after: true });
  const machineId = machinesOf(app.novita, id)[0]?.machineId ?? '';
  app.novita.rename(machineId, 'my-own');
  // held in doubt, whatever the lists prove
  await admin.query("UPDATE create_attempts SET settle_after = now() + interval '1 hour' WHERE instance_id = $1", [id]);
  app.novita.faults.clear();
  await eventually('it is suspected', async () => (await app.api.machines('suspected')).length === 1);
  const refused = await declareAbsent(id);
  expect(refused).toMatchObject({ status: 409, body: { code: 'ATTEMPT_HAS_MACHINE' } });
  expect(refused.body.detail).toContain(machineId);
  expect((await app.api.decide(machineId, 'adopt')).status).toBe(202);
  await app.api.until(id, 'ready');
  expect((await declareAbsent(id)).body.code).toBe('ATTEMPT_NOT_IN_DOUBT');
});

/** Ready, and then deleted while Novita answers nothing about its machine. */
const undeletable = async (name: string): Promise<{ id: string; machineId: string }> => {
  const { id } = (await app.api.create({ name })).body;
  const { machine } = await app.api.until(id, 'ready');
  for (const operation of ['listInstances', 'getInstance', 'deleteInstance'] as const) {
    app.novita.faults.always(operation, { status: 500 });
  }
  return { id, machineId: machine?.id ?? '' };
};

/** A test has no ten minutes to wait: what was seen last was seen so much earlier. */
const age = (column: 'observed_at' | 'gone_at', machineId: string) =>
  admin.query(`UPDATE machines SET ${column} = ${column} - interval '11 minutes' WHERE machine_id = $1`, [machineId]);

it('a machine that is to go and has not been seen for long is gone when a person says so', async () => {
  const { id, machineId } = await undeletable('unprovable');
  expect((await declareGone(machineId)).body.code).toBe('MACHINE_NOT_LEAVING');
  expect((await declareGone('nobody')).body.code).toBe('MACHINE_NOT_FOUND');
  await app.api.delete(id);
  const early = await declareGone(machineId);
  expect(early).toMatchObject({ status: 409, body: { code: 'MACHINE_SEEN_LATELY', instanceId: id } });
  expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(300);

  app.novita.removeByHand(machineId);
  await age('observed_at', machineId);
  const { status, body } = await declareGone(machineId);
  expect([status, body.machine]).toEqual([202, null]);
  await app.api.until(id, 'deleted');
  expect((await declareGone(machineId)).status).toBe(202);
  expect(await eventsOf(id, /gone|disproved/)).toMatchObject([
    { type: 'machine.declared_gone', actor: 'operator', data: { machineId, lastSeenAs: 'running' } },
  ]);
});

it('a machine that a person called gone is deleted again when it is seen, and that is told', async () => {
  const { id, machineId } = await undeletable('lives-on');
  await app.api.delete(id);
  await age('observed_at', machineId);
  expect((await declareGone(machineId)).status).toBe(202);
  await app.api.until(id, 'deleted');
  expect(app.novita.machines().find((one) => one.id === machineId)?.deleteRequestedAt).toBeNull();

  await age('gone_at', machineId);
  await listSoon('searched-for-too');
  await eventually('it is deleted', () =>
    app.novita.machines().every((one) => one.id !== machineId || one.deleteRequestedAt !== null),
  );
  await eventually('it is proved gone', async () => (await eventsOf(id, /^machine.gone$/)).length === 1);
  expect(await eventsOf(id, /disproved|declared|delete_acknowledged/)).toMatchObject([
    { type: 'machine.declared_gone' },
    { type: 'operator.disproved', data: { said: 'gone', machineId } },
    { type: 'machine.delete_acknowledged' },
  ]);
  expect((await app.api.get(id)).status).toBe('deleted');
});

it('a machine that nobody of ours knows is nobody’s to call gone', async () => {
  const { id } = await app.novita.addForeignMachine('somebody-elses');
  await eventually('it is seen', async () => (await app.api.machines('foreign')).some((one) => one.id === id));
  expect((await declareGone(id)).body.code).toBe('MACHINE_NOT_LEAVING');
});
