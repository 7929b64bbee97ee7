import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.setup.js';
import { NovitaSimulator, type SimulatorOptions } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from './api-client.js';
import { createTestDatabase } from './test-database.js';
import { testConfig, type ConfigChanges } from './test-config.js';

/** The whole service in this process, with a database of its own and a simulated Novita: everything over real HTTP. */
export interface RunningApp {
  api: ApiClient;
  novita: NovitaSimulator;
  url: string;
  databaseUrl: string;
  /** Stops all of it, and fails when the simulator saw its contract broken. */
  stop(): Promise<void>;
}

/** Boots that take a second or so instead of minutes. */
export const QUICK: SimulatorOptions = {
  timeFactor: 1,
  bootTimes: {
    queued: [0.05, 0.1],
    creating: [0.05, 0.1],
    pulling: [0.1, 0.3],
    workload: [0.1, 0.3],
    starting: [0.1, 0.3],
    stopping: [0.1, 0.3],
    restarting: [0.1, 0.3],
    removing: [0.1, 0.3],
    lingering: [0.5, 0.5],
  },
};

export const startApp = async (
  options: { novita?: SimulatorOptions; config?: ConfigChanges } = {},
): Promise<RunningApp> => {
  const novita = await NovitaSimulator.start({ ...QUICK, ...options.novita });
  const database = await createTestDatabase();
  const config = testConfig(database.url, {
    ...options.config,
    novitaApi: { baseUrl: novita.baseUrl, requestsPerMinute: 6_000, ...options.config?.novitaApi },
    instances: { probeAllowAddresses: ['127.0.0.1'], createSettleSeconds: 5, ...options.config?.instances },
  });
  const app: NestFastifyApplication = await createApp(config);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    api: new ApiClient(url),
    novita,
    url,
    databaseUrl: database.url,
    stop: async () => {
      await app.close();
      await database.drop();
      await novita.stop();
    },
  };
};
