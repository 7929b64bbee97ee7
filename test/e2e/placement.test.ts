import type { ExplanationDto } from '../../src/explanation/api/explanation.dto.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import { eventually } from '../support/eventually.js';
import { machinesOf } from '../support/machines-of.js';
import { startApp, type RunningApp } from '../support/running-app.js';

/** What is bought, what is waited for, and what becomes of a delete that comes before, during or right after. */
let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const create = async (changes: Record<string, unknown>): Promise<string> => (await app.api.create(changes)).body.id;
const untilSaying = (id: string, sentence: RegExp): Promise<InstanceDto> =>
  eventually(`${id} says ${sentence.source}`, async () => {
    const seen = await app.api.get(id);
    return sentence.test(seen.statusMessage ?? '') && seen;
  });

describe('stock', () => {
  it('that is gone in the cheapest region sends it to the next, and both attempts are shown with their reasons', async () => {
    app.novita.setStock('5090.16c96g', 'as-sgp-2', 0);
    const ready = await app.api.until(await create({ name: 'next-region', productName: 'RTX 5090' }), 'ready');
    expect(ready.attempts).toMatchObject([
      { number: 1, state: 'REJECTED', regionId: 'as-sgp-2', reason: 'INSUFFICIENT_RESOURCE' },
      { number: 2, state: 'ACCEPTED', regionId: 'us-ca-6', reason: null },
    ]);
    expect(ready.placement).toMatchObject({ regionId: 'us-ca-6', pricePerGpuHour: { amount: '0.32' } });
  });

  it('that is gone everywhere below the cap is waited for, and nothing dearer is bought', async () => {
    app.novita.setStock('4090.16c62g', undefined, 0);
    const id = await create({ name: 'patient', maxPricePerGpuHour: '0.19' });
    const waiting = await app.api.until(id, 'waiting_capacity');
    expect(waiting.statusMessage).toMatch(/out of stock|refused/);
    const { body: explained } = await app.api.request<ExplanationDto>('GET', `/api/instances/${id}/explain`);
    expect(explained).toMatchObject({
      status: 'waiting_capacity',
      waitingFor: 'capacity',
      deadline: { of: 'capacity', failure: 'NO_CAPACITY', machine: 'none' },
      pricePerHour: { amount: '0.00' },
    });
    expect(explained.advice.join()).toContain('maxPricePerGpuHour');
    app.novita.setStock('4090.16c62g', undefined, 48);
    const ready = await app.api.until(id, 'ready');
    expect(ready.placement).toMatchObject({ productId: '4090.16c62g', pricePerGpuHour: { amount: '0.18' } });
    expect(machinesOf(app.novita, id)).toHaveLength(1);
  });
});

describe('a price cap', () => {
  it('below every offer fails at once, with a sentence, and nothing is sent', async () => {
    const id = await create({ name: 'thrifty', productName: 'L40S', maxPricePerGpuHour: '0.10' });
    const failed = await app.api.until(id, 'failed');
    expect(failed).toMatchObject({ failure: { code: 'NO_OFFER' }, attempts: [], machine: null });
    expect(failed.statusMessage).toContain('costs more than maxPricePerGpuHour');
  });
});

describe('an empty account', () => {
  it('is waited for with a sentence that says what to do, and it goes on by itself', async () => {
    const { depositUsd } = app.novita.account;
    app.novita.account.depositUsd = 0;
    const id = await create({ name: 'poor' });
    const poor = await untilSaying(id, /no balance left: top it up/);
    expect(poor).toMatchObject({
      status: 'pending',
      attempts: [{ state: 'REJECTED', reason: 'CREATE_INSTANCE_LIMIT' }],
    });
    app.novita.account.depositUsd = depositUsd;
    const ready = await app.api.until(id, 'ready');
    expect(ready.attempts.map(({ state }) => state)).toEqual(['REJECTED', 'ACCEPTED']);
    expect(ready.statusMessage).toBeNull();
  });
});

describe('a quota', () => {
  it('fails the instance with a sentence, and start tries anew', async () => {
    app.novita.account.gpuLimit = 0;
    const id = await create({ name: 'too-many' });
    const failed = await app.api.until(id, 'failed');
    expect(failed).toMatchObject({ failure: { code: 'QUOTA_REACHED' } });
    app.novita.account.gpuLimit = Infinity;
    await app.api.ask(id, 'start');
    await app.api.until(id, 'ready');
  });
});

describe('Novita out of reach', () => {
  it('is waited for: what never left us is sent anew', async () => {
    app.novita.faults.next('createInstance', { status: 429, reason: 'RATE_LIMIT_EXCEEDED', retryAfter: 1 });
    const id = await create({ name: 'limited' });
    await untilSaying(id, /limits requests/);
    const ready = await app.api.until(id, 'ready');
    expect(ready.attempts.map(({ state, reason }) => [state, reason])).toEqual([
      ['REJECTED', 'RATE_LIMIT_EXCEEDED'],
      ['ACCEPTED', null],
    ]);
  });
});

describe('a delete', () => {
  it('before anything was bought buys nothing', async () => {
    app.novita.setStock('3090.16c92g', undefined, 0);
    const id = await create({ name: 'never-bought', productName: 'RTX 3090' });
    await app.api.until(id, 'waiting_capacity');
    await app.api.delete(id);
    await app.api.until(id, 'deleted');
    expect(machinesOf(app.novita, id)).toEqual([]);
  });

  it('sent right after the create leaves nothing behind', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `short-lived-${index}`);
    const all = await Promise.all(names.map((name) => create({ name })));
    await Promise.all(all.map((id) => app.api.delete(id)));
    for (const id of all) await app.api.until(id, 'deleted');
    for (const id of all) for (const { status } of machinesOf(app.novita, id)) expect(status).toBe('removed');
  });

  it('while the create is under way gives the machine back as soon as it is known', async () => {
    app.novita.faults.next('createInstance', { after: true, delayMs: 800 });
    const id = await create({ name: 'in-flight' });
    await eventually('the create is under way', () => machinesOf(app.novita, id).length === 1);
    expect((await app.api.delete(id)).body.status).toBe('deleting');
    const deleted = await app.api.until(id, 'deleted');
    expect(deleted.attempts.map(({ state }) => state)).toEqual(['ACCEPTED']);
    expect(machinesOf(app.novita, id)).toMatchObject([{ status: 'removed' }]);
  });

  it('whose answer is lost is asked for again, until the machine is gone', async () => {
    const id = await create({ name: 'clinging' });
    await app.api.until(id, 'ready');
    app.novita.faults.next('deleteInstance', { drop: true });
    await app.api.delete(id);
    await app.api.until(id, 'deleted');
    expect(machinesOf(app.novita, id)).toMatchObject([{ status: 'removed' }]);
    const told = (await app.api.events(id)).map(({ type }) => type).filter((type) => type.startsWith('machine.delete'));
    expect(told).toEqual(['machine.delete_ambiguous', 'machine.delete_acknowledged']);
  });

  it('frees the name, and the old instance is still found by its id', async () => {
    const first = await create({ name: 'reused' });
    await app.api.delete('reused');
    await app.api.until(first, 'deleted');
    const second = await create({ name: 'reused' });
    expect(second).not.toBe(first);
    expect((await app.api.get('reused')).id).toBe(second);
    expect((await app.api.get(first)).status).toBe('deleted');
    expect((await app.api.list('?status=deleted')).data.map(({ id }) => id)).toContain(first);
  });
});
