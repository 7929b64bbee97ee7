import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { beginFigure } from '../support/figure.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';

const FLEET = 20;

describe('a service that is killed while it buys', () => {
  let novita: NovitaSimulator;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let service: ServiceProcess;

  beforeAll(async () => {
    novita = await NovitaSimulator.start({
      bootTimes: { queued: [0.2, 0.5], creating: [0.2, 0.5], pulling: [0.5, 1], workload: [0.2, 0.5] },
    });
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await service.end('SIGKILL');
    await database.drop();
    await novita.stop();
  });

  const environment = (): Record<string, string> => ({
    NOVITA_API_KEY: 'a-key-for-the-simulator',
    NOVITA_API_BASE_URL: novita.baseUrl,
    DATABASE_URL: database.url,
    NOVITA_REQUESTS_PER_MINUTE: '1200',
    NOVITA_TIMEOUT_MS: '5000',
    CREATE_SETTLE_SECONDS: '10',
    // as a deployment older than a day: what is one too many is deleted
    SWEEP_REPORT_ONLY_HOURS: '0',
    PROBE_ALLOW_ADDRESSES: '127.0.0.1',
  });

  it('has every instance ready after it is started again, with one machine each', async () => {
    service = await ServiceProcess.start(environment());
    // creates take a while to be answered, so that the kill falls between the order and the answer of some
    novita.faults.always('createInstance', { delayMs: 400, after: true });
    const api = new ApiClient(service.url);
    const names = Array.from({ length: FLEET }, (_, at) => `killed-${at}`);
    // a service that is busy refuses some for the moment
    await Promise.all(
      names.map((name) => eventually(`${name} is taken`, async () => (await api.create({ name })).status === 202)),
    );
    await eventually('some are bought, and not yet all', () => novita.ledger().length >= FLEET / 4);
    const boughtBeforeKill = novita.ledger().length;
    await service.end('SIGKILL');
    const acceptedBeforeKill = novita.ledger().length;
    novita.faults.clear();

    service = await ServiceProcess.start(environment());
    const again = new ApiClient(service.url);
    const figure = beginFigure();
    for (const name of names) await again.until(name, 'ready');

    const attempts = (await Promise.all(names.map((name) => again.events(name)))).flat();
    const adopted = attempts.filter(({ type }) => type === 'placement.adopted').length;
    figure(
      (seconds) =>
        `killed with ${boughtBeforeKill} to ${acceptedBeforeKill} of ${FLEET} machines bought; all ready ${seconds} s after the restart; ` +
        `${adopted} adopted; ${novita.ledger().length} machines in the ledger`,
    );
    expect(novita.ledger()).toHaveLength(FLEET);
    expect(novita.ledger().every(({ removedAt }) => removedAt === null)).toBe(true);
    expect(adopted).toBeGreaterThan(0);
    expect(await service.end('SIGTERM')).toBe(0);
  });
});
