import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from '../support/running-app.js';

describe('the life of an instance', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  it('is bought, followed until its workload answers, stopped, started, restarted and deleted', async () => {
    const { api, novita } = app;
    const created = await api.create({ name: 'whole-life' });
    expect(created.status).toBe(202);
    expect(created.body).toMatchObject({
      name: 'whole-life',
      status: 'pending',
      desiredState: 'running',
      generation: 1,
    });
    const { id } = created.body;

    const ready = await api.until('whole-life', 'ready');
    expect(ready.placement?.pricePerGpuHour).toEqual({ amount: '0.18', currency: 'USD' });
    const address = ready.connection?.endpoints[0]?.address ?? '';
    expect((await fetch(address)).status).toBe(200);

    expect((await api.ask(id, 'stop')).status).toBe(202);
    await api.until(id, 'stopped');
    await expect(fetch(address)).rejects.toThrow();

    await api.ask(id, 'start');
    await api.until(id, 'ready');
    expect((await api.ask(id, 'restart')).body.status).toBe('starting');
    await api.until(id, 'ready');

    expect((await api.delete(id)).body.status).toBe('deleting');
    const deleted = await api.until(id, 'deleted');
    expect(deleted.allowedActions).toEqual([]);

    const ledger = novita.ledger();
    expect(ledger).toHaveLength(1);
    expect(ledger[0]?.status).toBe('removed');
    expect(novita.count('createInstance')).toBe(1);
    expect(novita.count('restartInstance')).toBe(1);
  });
});
