import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_PREFIX } from '../novita-simulator/api-server.js';
import { eventually } from '../support/eventually.js';
import { liveMachinesOf, machinesOf } from '../support/machines-of.js';
import { QUICK, startApp, type RunningApp } from '../support/running-app.js';

/** What a request may say about machines that fail: `onStartFailure` and `onFailure`. */
let app: RunningApp;
beforeAll(async () => {
  // a machine that was removed is listed until it was seen
  const bootTimes = { ...QUICK.bootTimes, lingering: [60, 60], migrating: [0.1, 0.3] } as const;
  app = await startApp({
    novita: { bootTimes },
    config: { instances: { replacementDrainSeconds: 0, maxReplacementsPerHour: 1 } },
  });
});
afterAll(() => app.stop());

const NO_ROOM = { status: 400, reason: 'INSUFFICIENT_RESOURCE', message: 'no node has room' };
const OOM = { state: 'oom', message: 'out of memory' };
/** The workload answers 200. */
const NEVER_READY = {
  readiness: { probes: [{ port: 8188, type: 'http', path: '/', accept: ['299'] }], readyWithinSeconds: 10 },
};

const create = async (changes: Record<string, unknown>): Promise<string> => (await app.api.create(changes)).body.id;
const ready = async (changes: Record<string, unknown>): Promise<{ id: string; machineId: string }> => {
  const id = await create(changes);
  const { machine } = await app.api.until(id, 'ready');
  return { id, machineId: machine?.id ?? '' };
};
const stopped = async (changes: Record<string, unknown>): Promise<{ id: string; machineId: string }> => {
  const made = await ready(changes);
  await app.api.ask(made.id, 'stop');
  await app.api.until(made.id, 'stopped');
  return made;
};
const typesOf = async (id: string): Promise<string[]> => (await app.api.events(id)).map(({ type }) => type);
const untilTold = (id: string, type: string) =>
  eventually(`${type} is told`, async () => (await app.api.events(id)).find((event) => event.type === type));
const replaced = (id: string, machineId: string) =>
  eventually('another machine is ready', async () => {
    const now = await app.api.get(id);
    return now.status === 'ready' && now.replacement === null && now.machine?.id !== machineId && now;
  });
/** As a person deletes it in the console. */
const removeByHand = async (machineId: string): Promise<void> => {
  await fetch(`${app.novita.url}${API_PREFIX}/gpu/instance/delete`, {
    method: 'POST',
    headers: { authorization: 'Bearer a-person', 'content-type': 'application/json' },
    body: JSON.stringify({ instanceId: machineId }),
  });
};

describe.concurrent('a machine that crashes', () => {
  it('is replaced when the request says so, and is deleted only when the new machine has taken over', async () => {
    const { id, machineId } = await ready({ name: 'crash-replace', onFailure: 'replace' });
    app.novita.failBoot(machineId, OOM);
    const failed = await untilTold(id, 'machine.failed');
    expect(failed.data).toMatchObject({
      machineId,
      code: 'MACHINE_FAILED',
      message: 'Novita reports oom: out of memory',
    });
    const now = await replaced(id, machineId);
    expect(now.recovery).toBeNull();
    await untilTold(id, 'machine.gone');
    const types = await typesOf(id);
    const order = ['machine.failed', 'replacement.begun', 'replacement.cut_over', 'machine.delete_acknowledged'];
    expect(types.filter((type) => order.includes(type))).toEqual(order);
    expect(liveMachinesOf(app.novita, id)).toHaveLength(1);
  });

  it('fails the instance when the request says nothing, and its disk is kept', async () => {
    const { id, machineId } = await ready({ name: 'crash-fail' });
    app.novita.failBoot(machineId, OOM);
    const failed = await app.api.until(id, 'failed');
    expect(failed).toMatchObject({ failure: { code: 'MACHINE_FAILED' }, machine: { id: machineId } });
    expect(app.novita.machine(machineId).deleteRequestedAt).toBeNull();
    expect(machinesOf(app.novita, id)).toHaveLength(1);
  });

  it('is left alone when a caller has stopped its instance', async () => {
    const { id, machineId } = await stopped({ name: 'crash-stopped', onFailure: 'replace', onStartFailure: 'replace' });
    app.novita.failBoot(machineId, OOM);
    const looks = app.novita.count('listInstances') + app.novita.count('getInstance');
    await eventually('it was looked at', () => {
      return app.novita.count('listInstances') + app.novita.count('getInstance') > looks + 1;
    });
    expect((await app.api.get(id)).status).toBe('stopped');
    await removeByHand(machineId);
    await untilTold(id, 'machine.gone');
    expect((await app.api.get(id)).status).toBe('stopped');
    expect(machinesOf(app.novita, id)).toHaveLength(1);
  });
});

describe.concurrent('a machine that is lost', () => {
  it('is replaced when the request says so', async () => {
    const { id, machineId } = await ready({ name: 'lost-replace', onFailure: 'replace' });
    await removeByHand(machineId);
    const now = await replaced(id, machineId);
    expect(await typesOf(id)).toEqual(expect.arrayContaining(['machine.failed', 'machine.gone']));
    expect(now.failure).toBeNull();
    expect(machinesOf(app.novita, id)).toHaveLength(2);
  });

  it('fails the instance when the request says nothing', async () => {
    const { id, machineId } = await ready({ name: 'lost-fail' });
    await removeByHand(machineId);
    expect((await app.api.until(id, 'failed')).failure).toMatchObject({ code: 'MACHINE_LOST' });
    expect(machinesOf(app.novita, id)).toHaveLength(1);
  });
});

describe.concurrent('a machine that is never ready', () => {
  it('is replaced once an hour here; then it is told why and until when, and a stop ends that', async () => {
    const id = await create({ name: 'never-ready', onFailure: 'replace', ...NEVER_READY });
    const delayed = await eventually('the cap is told', async () =>
      (await app.api.events(id)).find(({ type }) => type === 'replacement.delayed'),
    );
    const { until } = delayed.data as { until: string };
    expect(delayed.data).toMatchObject({ why: 'hourly-cap' });
    const begun = (await app.api.events(id)).find(({ type }) => type === 'replacement.begun');
    expect(Math.round((Date.parse(until) - Date.parse(begun?.at ?? '')) / 1000)).toBe(3_600);
    const shown = await eventually('the failed machine is down', async () => {
      const now = await app.api.get(id);
      return now.machine?.status === 'exited' && now;
    });
    expect(shown).toMatchObject({
      status: 'recovering',
      recovery: { code: 'READINESS_TIMEOUT', delayedBy: 'hourly-cap', notBefore: until },
    });
    expect(shown.statusMessage).toContain(until);
    const { body } = await app.api.request('GET', `/api/instances/${id}/explain`);
    expect(body).toMatchObject({ waitingFor: 'replacement', next: { step: 'wait' }, deadline: null });
    await eventually('the new machine is deleted', () => liveMachinesOf(app.novita, id).length === 1);

    await app.api.ask(id, 'stop');
    await app.api.until(id, 'stopped');
    expect((await app.api.get(id)).recovery).toBeNull();
    // a start that a caller asks for does not wait
    await app.api.ask(id, 'start');
    await untilTold(id, 'machine.start_acknowledged');
    expect(machinesOf(app.novita, id)).toHaveLength(2);
    await app.api.delete(id);
  });
});

describe.concurrent('a workload that flaps', () => {
  it('is shown as flapping, and is ready again only when it has answered for a while', async () => {
    const readiness = { intervalSeconds: 1, failureThreshold: 1 };
    const { id, machineId } = await ready({ name: 'flaps', readiness });
    for (const status of [500, 200, 500, 200]) {
      app.novita.workload(machineId).answerWith(status);
      await app.api.until(id, status === 200 ? 'ready' : 'unready');
    }
    app.novita.workload(machineId).answerWith(500);
    const told = await untilTold(id, 'instance.flapping');
    expect(told.data).toEqual({ turns: 4, holdSeconds: 15 });
    const shown = await app.api.until(id, 'unready');
    expect(shown.readinessTurns).toEqual({ lately: 5, flapping: true });
    app.novita.workload(machineId).answerWith(200);
    const waiting = await eventually('it answers again, and is not ready yet', async () => {
      const now = await app.api.get(id);
      const condition = now.conditions.find(({ type }) => type === 'Ready');
      return condition?.reason === 'Flapping' && now;
    });
    expect(waiting.status).toBe('unready');
    const back = await eventually(
      'it is ready again',
      async () =>
        (await app.api.events(id)).filter(({ type, data }) => type === 'status.changed' && data.to === 'ready')[3],
    );
    const lastUnready = (await app.api.events(id)).filter(
      ({ type, data }) => type === 'status.changed' && data.to === 'unready',
    )[2];
    // judged by the times that are stored: with five turns it is held for 30 seconds
    expect(Date.parse(back.at) - Date.parse(lastUnready?.at ?? '')).toBeGreaterThanOrEqual(30_000);
  });
});

describe('an image', () => {
  it('that cannot be pulled fails at once with a sentence, and is bought once, whatever the request says', async () => {
    const id = await create({ name: 'no-image', image: 'broken/image:2', onFailure: 'replace' });
    const failed = await app.api.until(id, 'failed');
    expect(failed.failure?.code).toBe('IMAGE_PULL_FAILED');
    expect(failed.failure?.message).toMatch(
      /"broken\/image:2" cannot be pulled \(.*manifest unknown\).*registryAuthId/,
    );
    await eventually('the machine is deleted', () => liveMachinesOf(app.novita, id).length === 0);
    expect(machinesOf(app.novita, id)).toHaveLength(1);
    expect(await typesOf(id)).not.toContain('machine.failed');
  });

  it('of a registry that refuses for the moment is tried on another machine', async () => {
    app.novita.failBoot('nextCreate', { state: 'PullImageFailed', message: 'toomanyrequests: slow down' });
    const id = await create({ name: 'busy-registry', onFailure: 'replace' });
    await app.api.until(id, 'ready');
    expect(await typesOf(id)).toContain('machine.failed');
    expect(machinesOf(app.novita, id)).toHaveLength(2);
  });
});

describe('a start that Novita refuses', () => {
  it('with `fail` fails at the first refusal, and the machine is kept', async () => {
    const { id, machineId } = await stopped({ name: 'start-fail', onStartFailure: 'fail' });
    app.novita.faults.next('startInstance', NO_ROOM);
    await app.api.ask(id, 'start');
    const failed = await app.api.until(id, 'failed');
    expect(failed.failure).toMatchObject({ code: 'START_REFUSED' });
    expect(failed.failure?.message).toContain('INSUFFICIENT_RESOURCE');
    expect(app.novita.machine(machineId).deleteRequestedAt).toBeNull();
    await app.api.ask(id, 'start');
    expect((await app.api.until(id, 'ready')).machine?.id).toBe(machineId);
  });

  it('with `replace` buys another machine, and deletes the old one only after that has taken over', async () => {
    const { id, machineId } = await stopped({ name: 'start-replace', onStartFailure: 'replace' });
    app.novita.faults.next('startInstance', NO_ROOM);
    await app.api.ask(id, 'start');
    await replaced(id, machineId);
    await untilTold(id, 'machine.gone');
    const types = await typesOf(id);
    const order = ['machine.failed', 'replacement.begun', 'replacement.cut_over', 'machine.delete_acknowledged'];
    expect(types.filter((type) => order.includes(type))).toEqual(order);
    expect(machinesOf(app.novita, id)).toHaveLength(2);
  });

  it('with `replace` keeps the old machine when nothing can be bought', async () => {
    const product = { productName: 'RTX 6000 Ada', regions: ['eu-de-1'] };
    const { id, machineId } = await stopped({ name: 'start-no-stock', onStartFailure: 'replace', ...product });
    app.novita.setStock('6000ada.16c120g', 'eu-de-1', 0);
    await app.api.ask(id, 'start');
    await untilTold(id, 'placement.no_capacity');
    expect(await app.api.get(id)).toMatchObject({
      status: 'recovering',
      machine: { id: machineId },
      recovery: { machineId, code: 'START_REFUSED', delayedBy: null },
      replacement: { reason: 'failure', phase: 'placing' },
    });
    expect(app.novita.machine(machineId).deleteRequestedAt).toBeNull();
    app.novita.setStock('6000ada.16c120g', 'eu-de-1', 8);
    await app.api.ask(id, 'stop');
    await app.api.until(id, 'stopped');
    await app.api.ask(id, 'start');
    expect((await app.api.until(id, 'ready')).machine?.id).toBe(machineId);
  });

  it('with `migrate` moves the machine, which keeps its id', async () => {
    const { id, machineId } = await stopped({ name: 'start-migrate', onStartFailure: 'migrate' });
    app.novita.faults.next('startInstance', NO_ROOM);
    await app.api.ask(id, 'start');
    const back = await app.api.until(id, 'ready');
    expect(back.machine?.id).toBe(machineId);
    const told = (await typesOf(id)).filter((type) => /^machine\.(start|migrate)/.test(type));
    expect(told).toEqual(['machine.start_rejected', 'machine.migrate_acknowledged']);
    expect(app.novita.machine(machineId).diskGeneration).toBe(1);
  });

  it('with `migrate` is not moved twice when the answer to the move is lost', async () => {
    const { id, machineId } = await stopped({ name: 'migrate-lost', onStartFailure: 'migrate' });
    const moves = app.novita.count('migrateInstance');
    app.novita.faults.next('startInstance', NO_ROOM);
    app.novita.faults.next('migrateInstance', { after: true, drop: true });
    await app.api.ask(id, 'start');
    expect((await app.api.until(id, 'ready')).machine?.id).toBe(machineId);
    expect(await typesOf(id)).toContain('machine.migrate_ambiguous');
    expect(app.novita.count('migrateInstance')).toBe(moves + 1);
  });
});
