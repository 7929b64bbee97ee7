import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { QUICK } from '../support/running-app.js';
import { startService } from '../support/service-in-process.js';
import { createTestDatabase } from '../support/test-database.js';

describe('replicas that serve and replicas that work', () => {
  let novita: NovitaSimulator;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const apps: NestFastifyApplication[] = [];
  beforeAll(async () => {
    novita = await NovitaSimulator.start(QUICK);
    database = await createTestDatabase();
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
    await novita.stop();
  });

  const start = async (role: 'api' | 'worker'): Promise<ApiClient> => {
    const { app } = await startService(database.url, {
      server: { role },
      novitaApi: { baseUrl: novita.baseUrl, requestsPerMinute: 6_000 },
      instances: { probeAllowAddresses: ['127.0.0.1'] },
    });
    apps.push(app);
    return new ApiClient(await app.getUrl());
  };

  it('take commands without a worker, and have them fulfilled by two that come later', async () => {
    const api = await start('api');
    const names = Array.from({ length: 6 }, (_, index) => `split-${index}`);
    for (const name of names) expect((await api.create({ name })).status).toBe(202);
    expect((await api.get('split-0')).status).toBe('pending');
    expect(novita.count('createInstance')).toBe(0);
    await Promise.all([start('worker'), start('worker')]);
    for (const name of names) await api.until(name, 'ready');
    expect(novita.ledger()).toHaveLength(6);
    for (const name of names) await api.delete(name);
    for (const { id } of (await api.list()).data) await api.until(id, 'deleted');
    expect(novita.ledger().every(({ status }) => status === 'removed')).toBe(true);
  });
});
