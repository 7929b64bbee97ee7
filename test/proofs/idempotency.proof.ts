import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import { ApiClient, type Answer } from '../support/api-client.js';
import { beginFigure } from '../support/figure.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ServiceStage } from '../support/service-stage.js';

/** Fewer on a machine that is busy with other things. */
const KEYS = Number(process.env['IDEMPOTENCY_KEYS'] ?? 1_000);
const REQUESTS_PER_KEY = 20;
const REPLICAS = 3;
/** So many keys are asked for at the same moment, each by all its requests. */
const KEYS_AT_ONCE = 5;

describe(`${KEYS} Idempotency-Keys, each sent ${REQUESTS_PER_KEY} times at once to ${REPLICAS} replicas`, () => {
  let stage: ServiceStage;
  const replicas: ServiceProcess[] = [];

  beforeAll(async () => {
    stage = await ServiceStage.begin();
    // what is proved is that a create is written down once; buying is proved elsewhere
    for (let at = 0; at < REPLICAS; at += 1) replicas.push(await stage.start({ CREATES_ENABLED: 'false' }));
  });
  afterAll(async () => {
    await stage.end();
  });

  it(`make ${KEYS} instances, and every repetition is answered with the first one's`, async () => {
    const clients = replicas.map(({ url }) => new ApiClient(url));
    const askAll = (key: number): Promise<Answer<InstanceDto>[]> =>
      Promise.all(
        Array.from({ length: REQUESTS_PER_KEY }, (_, at) => {
          const client = clients[(key + at) % clients.length];
          if (!client) throw new Error('no replica');
          return client.create({ name: `key-${key}` }, { 'idempotency-key': `order-${key}` });
        }),
      );
    const ids = new Set<string>();
    const statuses = new Map<number, number>();
    const torn: number[] = [];
    const notOnceNew: number[] = [];
    const figure = beginFigure();
    const waiting = Array.from({ length: KEYS }, (_, key) => key);
    const worker = async (): Promise<void> => {
      for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
        const answers = await askAll(key);
        for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
        const given = new Set(answers.map(({ body }) => body.id));
        if (given.size !== 1) torn.push(key);
        if (answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length !== 1) {
          notOnceNew.push(key);
        }
        for (const id of given) ids.add(id);
      }
    };
    await Promise.all(Array.from({ length: KEYS_AT_ONCE }, worker));
    const stored = await countInstances(stage.databaseUrl);
    figure(
      (seconds) =>
        `idempotency: ${KEYS} keys × ${REQUESTS_PER_KEY} parallel requests over ${REPLICAS} replicas in ${seconds} s: ` +
        `${stored} instances, ${torn.length} keys with more than one id, ` +
        `answers ${[...statuses].map(([status, count]) => `${status} × ${count}`).join(', ')}`,
    );
    expect([...statuses]).toEqual([[202, KEYS * REQUESTS_PER_KEY]]);
    expect(torn).toEqual([]);
    expect(notOnceNew).toEqual([]);
    expect(ids.size).toBe(KEYS);
    expect(stored).toBe(KEYS);
    expect(stage.novita.count('createInstance')).toBe(0);
  });
});

const countInstances = async (url: string): Promise<number> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM instances');
    return rows[0]?.count ?? -1;
  } finally {
    await client.end();
  }
};
