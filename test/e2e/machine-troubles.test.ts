import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { liveMachinesOf, machinesOf } from '../support/machines-of.js';
import { startApp, type RunningApp } from '../support/running-app.js';

/** Machines that fail, are taken away, or do not come back. */
let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const ready = async (changes: Record<string, unknown>): Promise<{ id: string; machineId: string }> => {
  const { id } = (await app.api.create(changes)).body;
  const { machine } = await app.api.until(id, 'ready');
  return { id, machineId: machine?.id ?? '' };
};

describe('a boot that fails', () => {
  it.concurrent('fails the instance with Novita’s sentence, and the machine is deleted', async () => {
    const { id } = (await app.api.create({ name: 'broken', image: 'broken/image:1' })).body;
    const failed = await app.api.until(id, 'failed');
    expect(failed.failure).toMatchObject({ code: 'IMAGE_PULL_FAILED' });
    expect(failed.statusMessage).toContain('manifest unknown');
    await eventually('the machine is deleted', () => liveMachinesOf(app.novita, id).length === 0);
    await eventually('nothing is held', async () => (await app.api.get(id)).machine === null);
    expect(machinesOf(app.novita, id)).toHaveLength(1);
    await app.api.delete(id);
    await app.api.until(id, 'deleted');
  });

  it('is no end: start buys another machine', async () => {
    app.novita.failBoot('nextCreate', { state: 'PullImageFailed', message: 'registry is down' });
    const { id } = (await app.api.create({ name: 'second-try' })).body;
    await app.api.until(id, 'failed');
    await app.api.ask(id, 'start');
    await app.api.until(id, 'ready');
    await eventually('one machine lives', () => liveMachinesOf(app.novita, id).length === 1);
    expect(machinesOf(app.novita, id)).toHaveLength(2);
  });
});

describe.concurrent('a start that Novita refuses for lack of stock', () => {
  it('is tried again until there is stock, and the machine with its disk is never deleted', async () => {
    const product = { productName: 'RTX 6000 Ada', region: 'eu-de-1' };
    const { id, machineId } = await ready({ name: 'comes-back', ...product });
    await app.api.ask(id, 'stop');
    await app.api.until(id, 'stopped');
    app.novita.setStock('6000ada.16c120g', 'eu-de-1', 0);
    await app.api.ask(id, 'start');
    const refused = await eventually('the refusal is told', async () => {
      const seen = await app.api.get(id);
      return seen.statusMessage?.includes('INSUFFICIENT_RESOURCE') && seen;
    });
    expect(refused).toMatchObject({ status: 'starting', machine: { id: machineId } });
    app.novita.setStock('6000ada.16c120g', 'eu-de-1', 8);
    const back = await app.api.until(id, 'ready');
    expect(back.machine?.id).toBe(machineId);
    expect(machinesOf(app.novita, id)).toMatchObject([{ deleteRequestedAt: null }]);
    const told = (await app.api.events(id)).map(({ type }) => type).filter((type) => type.startsWith('machine.start'));
    expect(told).toEqual(['machine.start_rejected', 'machine.start_acknowledged']);
  });
});

describe.concurrent('a stopped machine that has become dearer than the cap', () => {
  it('of one GPU or of the machine waits and says so, is not failed for it, and is started when it costs less', async () => {
    const productId = '3090.16c92g';
    const product = { productName: 'RTX 3090', billingMode: 'spot' };
    const capped = await Promise.all(
      ['maxPricePerGpuHour', 'maxPricePerHour'].map(async (field) => ({
        field,
        ...(await ready({ name: `grown-dear-${field}`, ...product, [field]: '0.12' })),
      })),
    );
    for (const { id } of capped) {
      expect((await app.api.get(id)).conditions).toContainEqual(
        expect.objectContaining({ type: 'WithinPriceCap', status: true, reason: 'UnderCap' }),
      );
      await app.api.ask(id, 'stop');
      await app.api.until(id, 'stopped');
    }
    app.novita.setPrice(productId, 21_000, 12_001);
    await eventually('the price is known', async () => {
      const offers = await app.api.request('GET', '/api/offers?productName=RTX%203090');
      return JSON.stringify(offers.body).includes('0.12001');
    });
    for (const { id } of capped) await app.api.ask(id, 'start');
    for (const { id, field } of capped) {
      const sentence = new RegExp(`0\\.12001 USD .* more than ${field} \\(0\\.12 USD\\)`);
      await eventually('it says what it costs', async () => sentence.test((await app.api.get(id)).statusMessage ?? ''));
    }
    app.novita.setPrice(productId, 21_000, 12_000);
    for (const { id, machineId } of capped) {
      const back = await app.api.until(id, 'ready');
      expect(back.machine?.id).toBe(machineId);
      const told = (await app.api.events(id))
        .map(({ type }) => type)
        .filter((type) => type.startsWith('machine.start'));
      expect(told).toEqual(['machine.start_not_sent', 'machine.start_acknowledged']);
    }
  });
});

describe.concurrent('a spot machine that Novita takes back', () => {
  it('is shown as interrupting, then as recovering, and is started again', async () => {
    const { id, machineId } = await ready({ name: 'taken' });
    app.novita.reclaim(machineId, 'terminate');
    await app.api.until(id, 'recovering');
    const back = await app.api.until(id, 'ready');
    expect(back.machine?.id).toBe(machineId);
    const types = (await app.api.events(id)).map(({ type }) => type);
    expect(types).toContain('machine.start_acknowledged');
    expect(machinesOf(app.novita, id)).toHaveLength(1);
  });
});

describe('machines that look like ours', () => {
  it('a person’s copy, environment and all, is neither adopted nor deleted', async () => {
    const { id, machineId } = await ready({ name: 'copied' });
    const { envs } = app.novita.machine(machineId);
    const copy = await app.novita.addForeignMachine('copy-of-it', { envs });
    app.novita.faults.next('createInstance', { drop: true });
    // an unanswered create has the fleet listed every few seconds: the copy is seen several times
    const searched = (await app.api.create({ name: 'searched' })).body.id;
    const listsBefore = app.novita.count('listInstances');
    await eventually('the fleet was listed', () => app.novita.count('listInstances') >= listsBefore + 2);
    expect(app.novita.machine(copy.id)).toMatchObject({ status: 'running', deleteRequestedAt: null });
    expect((await app.api.get(id)).machine?.id).toBe(machineId);
    await app.api.delete(searched);
  });

  it.concurrent('one that a person renamed is followed all the same: we hold its id', async () => {
    const { id, machineId } = await ready({ name: 'renamed' });
    app.novita.rename(machineId, 'my favourite machine');
    await app.api.ask(id, 'stop');
    await app.api.until(id, 'stopped');
    await app.api.delete(id);
    await app.api.until(id, 'deleted');
    expect(machinesOf(app.novita, id)).toEqual([]);
    expect(app.novita.machine(machineId).status).toBe('removed');
  });
});
