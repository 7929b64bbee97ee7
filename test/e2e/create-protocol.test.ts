import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import type { Fault } from '../novita-simulator/faults.js';
import { eventually } from '../support/eventually.js';
import { liveMachinesOf, machinesOf } from '../support/machines-of.js';
import { startApp, type RunningApp } from '../support/running-app.js';

/**
 * Creates whose answer is lost or lies. Each begins in its turn, since a fault strikes the next create, whoever sends it; then
 * all are followed at once, and every test looks at its own.
 */
let app: RunningApp;
/** Creates that come true after their answer do so when the test says it. */
const comeTrue = new EventEmitter();
const ids = new Map<string, string>();

const LOST: Record<string, Fault> = {
  'answer-dropped': { after: true, drop: true },
  'answer-never-came': { after: true, hang: true },
  'answer-500': { after: true, status: 500 },
  'answer-html': { after: true, htmlError: true },
  'answer-garbage': { after: true, garbage: true },
  'answer-cut-short': 'partialJson',
  'answer-redirect': { after: true, redirect: true },
  'executed-late': { status: 500, executeUpon: once(comeTrue, 'late') },
};
const IN_VAIN: Record<string, Fault> = {
  'nothing-dropped': { drop: true },
  'nothing-500': { status: 500 },
  'nothing-never-came': { hang: true },
};
const TOO_LATE: Fault = { status: 500, executeUpon: once(comeTrue, 'too late') };
/** Long enough for all of them to have begun before the first is sent anew, which would meet the fault of another. */
const SETTLE_SECONDS = 30;

const begin = async (name: string, fault: Fault): Promise<string> => {
  app.novita.faults.next('createInstance', fault);
  const { id } = (await app.api.create({ name })).body;
  ids.set(name, id);
  await eventually(`the create of ${name} was sent`, () => app.novita.faults.waiting === 0);
  return id;
};
const idOf = (name: string): string => ids.get(name) ?? '';

beforeAll(async () => {
  app = await startApp({
    config: { novitaApi: { timeoutMs: 10_000 }, instances: { createSettleSeconds: SETTLE_SECONDS } },
  });
  for (const name of ['my-machine', 'nvt-a1b2c3d4-01jgfjjz00n5mq2ys3b3x8t1rv-1-abcdefghij']) {
    await app.novita.addForeignMachine(name);
  }
  await begin('too-late', TOO_LATE);
  for (const [name, fault] of Object.entries({ ...LOST, ...IN_VAIN })) await begin(name, fault);
  await begin('deleted-lost', { after: true, drop: true });
  await begin('deleted-in-vain', { drop: true });
  for (const name of ['deleted-lost', 'deleted-in-vain']) {
    expect((await app.api.delete(idOf(name))).body.status).toBe('deleting');
  }
  await eventually('the outcome is doubted', async () =>
    (await app.api.events(idOf('executed-late'))).some(({ type }) => type === 'placement.ambiguous'),
  );
  comeTrue.emit('late');
});
afterAll(() => app.stop());

/** Of the creates that left: so many in trouble at once make us hold some back. */
const states = (instance: InstanceDto): string[] =>
  instance.attempts.map(({ state }) => state).filter((state) => state !== 'NOT_SENT');

describe('a create whose answer is lost or unreadable', () => {
  it.each(Object.keys(LOST))(
    '%s: the machine is found by its tag and adopted, and no second one is bought',
    async (name) => {
      const ready = await app.api.until(idOf(name), 'ready');
      expect(states(ready)).toEqual(['ACCEPTED']);
      expect(machinesOf(app.novita, idOf(name))).toHaveLength(1);
      const events = (await app.api.events(idOf(name))).map(({ type }) => type);
      expect(events.filter((type) => type === 'placement.sent')).toHaveLength(1);
      expect(events).toContain('placement.adopted');
    },
  );

  it('is shown as uncertain while it is looked for, with a sentence', async () => {
    const changes = await app.api.events(idOf('nothing-500'));
    expect(changes.some(({ type, data }) => type === 'status.changed' && data['to'] === 'uncertain')).toBe(true);
    expect(changes.find(({ type }) => type === 'placement.ambiguous')?.data).toMatchObject({ why: 'HTTP 500' });
  });
});

describe('a create that came to nothing, without anybody saying so', () => {
  it.each(Object.keys(IN_VAIN))('%s: after the settle window and three clean passes it is sent anew', async (name) => {
    const ready = await app.api.until(idOf(name), 'ready');
    expect(states(ready)).toEqual(['ABSENT', 'ACCEPTED']);
    expect(machinesOf(app.novita, idOf(name))).toHaveLength(1);
  });
});

describe('a delete while the outcome of a create is unknown', () => {
  it('gives the machine back that is found', async () => {
    await app.api.until(idOf('deleted-lost'), 'deleted');
    expect(machinesOf(app.novita, idOf('deleted-lost'))).toMatchObject([{ status: 'removed' }]);
  });

  it('is finished only when no machine can appear any more', async () => {
    const deleted = await app.api.until(idOf('deleted-in-vain'), 'deleted');
    expect(states(deleted)).toEqual(['ABSENT']);
    expect(machinesOf(app.novita, idOf('deleted-in-vain'))).toEqual([]);
  });
});

describe('a create that is executed after it was given up', () => {
  it('makes a twin, which is deleted while the instance keeps its own', async () => {
    const id = idOf('too-late');
    const ready = await app.api.until(id, 'ready');
    expect(states(ready)).toEqual(['ABSENT', 'ACCEPTED']);
    comeTrue.emit('too late');
    await eventually('the twin is there', () => machinesOf(app.novita, id).length === 2);
    // somebody else's unanswered create has the fleet listed every four seconds instead of every thirty
    await begin('searched-for', { drop: true });
    await eventually('the twin is deleted', () => liveMachinesOf(app.novita, id).length === 1);
    expect(liveMachinesOf(app.novita, id)[0]?.machineId).toBe(ready.machine?.id);
    expect((await app.api.get(id)).status).toBe('ready');
  });
});

describe('in the end', () => {
  it('every instance that lives has one machine, and nobody else’s was touched', () => {
    const foreign = app.novita.ledger().filter((entry) => entry.foreign);
    expect(foreign.map(({ removedAt, deleteRequestedAt }) => [removedAt, deleteRequestedAt])).toEqual([
      [null, null],
      [null, null],
    ]);
    for (const name of [...Object.keys(LOST), ...Object.keys(IN_VAIN), 'too-late']) {
      expect(liveMachinesOf(app.novita, idOf(name)), name).toHaveLength(1);
    }
    const touched = app.novita.requests().filter(({ operation }) => operation !== 'getInstance');
    const ofOthers = new Set(foreign.map(({ machineId }) => machineId));
    expect(touched.filter(({ machineId }) => machineId !== null && ofOthers.has(machineId))).toEqual([]);
  });
});
