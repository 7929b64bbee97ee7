import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ServiceProcess } from './service-process.js';
import { createTestDatabase } from './test-database.js';

/** The built service in processes of its own, beside a simulator of Novita and on one database: for a file of proofs. */
export class ServiceStage {
  private readonly started: ServiceProcess[] = [];

  private constructor(
    readonly novita: NovitaSimulator,
    private readonly database: Awaited<ReturnType<typeof createTestDatabase>>,
  ) {}

  static async begin(...novita: Parameters<typeof NovitaSimulator.start>): Promise<ServiceStage> {
    return new ServiceStage(await NovitaSimulator.start(...novita), await createTestDatabase());
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  /** Starts a replica with the settings of production, and without a limit of requests. @param settings more, and others */
  async start(settings: Record<string, string> = {}): Promise<ServiceProcess> {
    const service = await ServiceProcess.start({
      NODE_ENV: 'production',
      NOVITA_API_KEY: 'a-key-for-the-simulator',
      NOVITA_API_BASE_URL: this.novita.baseUrl,
      DATABASE_URL: this.database.url,
      RATE_LIMIT_MAX_REQUESTS: '10000000',
      ...settings,
    });
    this.started.push(service);
    return service;
  }

  /** Kills what still runs. */
  async end(): Promise<void> {
    for (const service of this.started) await service.end('SIGKILL');
    await this.database.drop();
    await this.novita.stop();
  }
}
