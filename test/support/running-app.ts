import { NovitaSimulator, type SimulatorOptions } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from './api-client.js';
import { startService } from './service-in-process.js';
import type { ConfigChanges } from './test-config.js';
import { createTestDatabase } from './test-database.js';

/** The whole service in this process, with its own database and a simulated Novita, everything over real HTTP. */
export interface RunningApp {
  api: ApiClient;
  novita: NovitaSimulator;
  url: string;
  databaseUrl: string;
  /** Stops everything. Fails when the simulator violated its contract. */
  stop(): Promise<void>;
}

/** Boots of about a second instead of minutes. */
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
    resetting: [0.1, 0.3],
    removing: [0.1, 0.3],
    lingering: [2.5, 2.5],
  },
};

export interface ServedApp {
  api: ApiClient;
  url: string;
  /** Stops only the service. */
  close(): Promise<void>;
}

/** The service in this process, with a database and a Novita that outlive it. */
export const serveApp = async (
  novita: NovitaSimulator,
  databaseUrl: string,
  changes: ConfigChanges = {},
): Promise<ServedApp> => {
  const { app } = await startService(databaseUrl, {
    ...changes,
    novitaApi: { baseUrl: novita.baseUrl, requestsPerMinute: 6_000, ...changes.novitaApi },
    instances: { probeAllowAddresses: ['127.0.0.1'], createSettleSeconds: 5, ...changes.instances },
  });
  const url = await app.getUrl();
  return { api: new ApiClient(url), url, close: () => app.close() };
};

export const startApp = async (
  options: { novita?: SimulatorOptions; config?: ConfigChanges } = {},
): Promise<RunningApp> => {
  const novita = await NovitaSimulator.start({ ...QUICK, ...options.novita });
  const database = await createTestDatabase();
  const service = await serveApp(novita, database.url, options.config);
  return {
    api: service.api,
    novita,
    url: service.url,
    databaseUrl: database.url,
    stop: async () => {
      await service.close();
      await database.drop();
      await novita.stop();
    },
  };
};
