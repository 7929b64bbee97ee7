import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from '../support/running-app.js';
import { askForTooMuch, clientOf, decideInVain, findByLabel, liveOneLife, lookAtFleet } from './client-life.js';

describe('a client generated from docs/openapi.json', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  it('drives the whole life of an instance', async () => {
    const client = clientOf(app.url);
    const life = await liveOneLife(client, 'by-client');
    expect(life.created).toMatchObject({ name: 'by-client', status: 'pending', desiredState: 'running' });
    expect(life.ready.placement?.pricePerGpuHour).toEqual({
      amount: life.created.maxPricePerGpuHour,
      currency: 'USD',
    });
    expect(life.ready.connection?.endpoints[0]?.address).toMatch(/^http/);
    expect(life.stopped.connection).toBeNull();
    expect(life.restarted.generation).toBeGreaterThan(life.ready.generation);
    expect(life.deleted.deletedAt).not.toBeNull();
    expect(life.statuses).toEqual(expect.arrayContaining(['pending', 'ready', 'stopped', 'starting', 'deleted']));
    expect(life.eventTypes).toEqual(
      expect.arrayContaining(['instance.created', 'placement.accepted', 'status.changed']),
    );
    expect(life.jobs.map(({ data }) => data['instanceId'])).toContain(life.created.id);

    expect(await findByLabel(client, 'made=by-the-generated-client', ['deleted', 'ready'])).toEqual([life.created.id]);
    expect(app.novita.ledger().map(({ status }) => status)).toEqual(['removed']);
  });

  it('shows an operator the fleet', async () => {
    const client = clientOf(app.url);
    const { fleet, machineIds } = await lookAtFleet(client, 'bound');
    expect(fleet).toMatchObject({ frozen: null, unaccountedPerHour: { amount: '0.00', currency: 'USD' } });
    expect(fleet.verdicts.find(({ verdict }) => verdict === 'bound')?.machines).toBe(machineIds.length);
    const { codes, resumed } = await decideInVain(client);
    expect(codes).toEqual(Array<string>(4).fill('MACHINE_NOT_FOUND'));
    expect(resumed.frozen).toBeNull();
  });

  it('has refusals as typed problems', async () => {
    expect(await askForTooMuch(clientOf(app.url))).toEqual({ code: 'VALIDATION_ERROR', pointers: ['/gpuNum'] });
  });
});
