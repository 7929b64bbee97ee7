/** What callers may rely on: keys, versions, names, verbs, and that a refused request leaves no trace. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstanceDto, InstanceEventListDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import type { Answer } from '../support/api-client.js';
import { ApiDocument } from '../support/api-document.js';
import { eventually } from '../support/eventually.js';
import { serveApp, startApp, type RunningApp } from '../support/running-app.js';

const VOLUME = {
  ...{ id: 'volume-of-all-fields', name: 'models', clusterId: 'us-ca-6' },
  ...{ sizes: [{ gb: 10, from: 0, to: null }], deletedAt: null },
};
let app: RunningApp;
let database: pg.Client;
beforeAll(async () => {
  app = await startApp({ novita: { storages: [VOLUME] } });
  database = new pg.Client({ connectionString: app.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await app.stop();
});

interface Problem {
  code: string;
  allowedActions?: string[];
  errors?: { pointer: string }[];
}
const problem = (answer: Answer<unknown>): Problem & { status: number } => ({
  ...(answer.body as Problem),
  status: answer.status,
});
const withKey = (key: string) => ({ 'idempotency-key': key });

describe('an Idempotency-Key', () => {
  it('sent again with the same body is answered with the same instance, and says so', async () => {
    const first = await app.api.create({ name: 'key-once' }, withKey('k1'));
    const again = await app.api.create({ name: 'key-once' }, withKey('k1'));
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body.id).toBe(first.body.id);
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
  });

  it('does not care in what order or with which defaults the body was written', async () => {
    const first = await app.api.create({ name: 'key-words' }, withKey('k2'));
    const body = {
      gpuNum: 1,
      billingMode: 'spot',
      ports: [{ protocol: 'http', port: 8188 }],
      image: 'example/workload:1',
      productName: 'RTX 4090 24GB',
      name: 'key-words',
    };
    const again = await app.api.request<InstanceDto>('POST', '/api/instances', body, withKey('k2'));
    expect(again.body.id).toBe(first.body.id);
  });

  it('sent with another body is refused', async () => {
    await app.api.create({ name: 'key-a' }, withKey('k3'));
    const other = await app.api.create({ name: 'key-b' }, withKey('k3'));
    expect(problem(other)).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it.each([
    ['number of GPUs', { gpuNum: 2 }],
    ['image', { image: 'example/other:2' }],
    ['variable', { envs: [{ key: 'A', value: 'b' }] }],
    ['label', { labels: { team: 'x' } }],
    ['price cap', { maxPricePerGpuHour: '0.99' }],
  ])('sent with the same name and another %s is refused', async (what, changes) => {
    const name = `key-${what.replaceAll(' ', '-')}`;
    expect((await app.api.create({ name }, withKey(name))).status).toBe(202);
    const other = await app.api.create({ name, ...changes }, withKey(name));
    expect(problem(other)).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    await app.api.delete(name);
  });

  it('sent thirty times at once makes one instance', async () => {
    const all = await Promise.all(
      Array.from({ length: 30 }, () => app.api.create({ name: 'key-crowd' }, withKey('k4'))),
    );
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(all.map(({ body }) => body.id)).size).toBe(1);
    expect(all.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    const { rows } = await database.query(`SELECT id FROM instances WHERE name = 'key-crowd'`);
    expect(rows).toHaveLength(1);
  });

  it('knows its request again although a later release has another default, and that of an earlier release', async () => {
    const body = { name: 'key-releases' };
    const { id } = (await app.api.create(body, withKey('k8'))).body;
    const replayed = async () => (await app.api.create(body, withKey('k8'))).body.id;
    const set = (column: string, value: string | null) =>
      database.query(`UPDATE idempotency_keys SET ${column} = $1 WHERE key = 'k8'`, [value]);
    const { rows } = await database.query<{ fingerprint: string }>(
      `SELECT fingerprint FROM idempotency_keys WHERE key = 'k8'`,
    );
    // what this release makes of the body is not what the other release made of it
    await set('fingerprint', 'of a spec with other defaults');
    expect(await replayed()).toBe(id);
    // an earlier release writes no more than this
    await set('fingerprint', rows[0]?.fingerprint ?? '');
    await set('request_fingerprint', null);
    expect(await replayed()).toBe(id);
    await set('fingerprint', 'of another request');
    expect(problem(await app.api.create(body, withKey('k8')))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  describe('of what is asked of an instance', () => {
    const command = (verb: string, key: string, name = 'key-commands') =>
      app.api.request<InstanceDto>('POST', `/api/instances/${name}/${verb}`, undefined, withKey(key));
    const asked = async (verb: string): Promise<number> => {
      const { rows } = await database.query(
        `SELECT FROM events JOIN instances i ON i.id = instance_id WHERE i.name = 'key-commands' AND type = $1`,
        [`instance.${verb}_requested`],
      );
      return rows.length;
    };

    it('restarts once, however often and at once it is sent', async () => {
      await app.api.create({ name: 'key-commands' });
      await app.api.until('key-commands', 'ready');
      const all = await Promise.all(Array.from({ length: 10 }, () => command('restart', 'c1')));
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([202]));
      expect(all.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
      expect(await asked('restart')).toBe(1);
      await app.api.until('key-commands', 'ready');
      expect((await command('restart', 'c2')).headers.get('idempotency-replayed')).toBeNull();
      expect(await asked('restart')).toBe(2);
    });

    it('is remembered also when there was nothing to change', async () => {
      expect((await command('start', 'c3')).headers.get('idempotency-replayed')).toBeNull();
      await command('stop', 'c4');
      // the first start came before the stop: sent again, it must not undo the stop
      const again = await command('start', 'c3');
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(again.body.desiredState).toBe('stopped');
    });

    it('is refused for another command, another instance, or a create', async () => {
      await app.api.create({ name: 'key-others' });
      const others = [
        await command('start', 'c1'),
        await command('restart', 'c1', 'key-others'),
        await app.api.create({ name: 'key-c1' }, withKey('c1')),
      ];
      for (const other of others) expect(problem(other)).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    });
  });

  it('is answered also when a setting has made the limits narrower meanwhile', async () => {
    const body = { name: 'key-narrower', readiness: { initialDelaySeconds: 120 } };
    const first = await app.api.create(body, withKey('k6'));
    const narrower = await serveApp(app.novita, app.databaseUrl, { instances: { readinessTimeoutSeconds: 60 } });
    try {
      const again = await narrower.api.create(body, withKey('k6'));
      expect([again.status, again.body.id]).toEqual([202, first.body.id]);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      const anew = await narrower.api.create({ ...body, name: 'key-narrower-2' }, withKey('k7'));
      expect(problem(anew)).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' });
    } finally {
      await narrower.close();
    }
  });

  it('is answered also when Novita sells the product no more', async () => {
    const first = await app.api.create({ name: 'key-later' }, withKey('k5'));
    const asked = await fetch(`${app.novita.baseUrl}/v1/products?billingMethod=spot`, {
      headers: { authorization: 'Bearer test-key' },
    });
    const { data } = (await asked.json()) as { data: { name: string }[] };
    app.novita.faults.always('listGpuProducts', {
      body: { data: data.filter(({ name }) => !name.startsWith('RTX 4090')) },
    });
    try {
      const offers = async () =>
        (await app.api.request<{ data: unknown[] }>('GET', '/api/offers?productName=RTX%204090')).body.data;
      await eventually('that is known', async () => (await offers()).length === 0);
      expect((await app.api.create({ name: 'key-too-late' })).status).toBe(422);
      const again = await app.api.create({ name: 'key-later' }, withKey('k5'));
      expect([again.status, again.body.id]).toEqual([202, first.body.id]);
    } finally {
      app.novita.faults.clear();
    }
    // what follows needs it
    await eventually('it is sold again', async () => (await app.api.create({ name: 'key-sold-again' })).status !== 422);
  });

  it('is answered also when Novita does not answer at all', async () => {
    const first = await app.api.create({ name: 'key-unheard' }, withKey('k8'));
    app.novita.faults.always('listGpuProducts', 'hang');
    app.novita.faults.always('listClusters', 'hang');
    const again = await app.api.create({ name: 'key-unheard' }, withKey('k8'));
    app.novita.faults.clear();
    expect(again.body.id).toBe(first.body.id);
  });
});

describe('If-Match', () => {
  it('lets a change through that was based on what is there, and refuses one that was not', async () => {
    const { id } = (await app.api.create({ name: 'versioned' })).body;
    // what is told counts as a version too, so the last word has to be out
    await eventually('ready is told', async () =>
      (await app.api.events(id)).some(({ data }) => data['to'] === 'ready'),
    );
    const seen = await app.api.request<InstanceDto>('GET', `/api/instances/${id}`);
    const etag = seen.headers.get('etag') ?? '';
    const old = await app.api.request('POST', `/api/instances/${id}/stop`, undefined, { 'if-match': '"1"' });
    expect(problem(old)).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED' });
    const stop = await app.api.request<InstanceDto>('POST', `/api/instances/${id}/stop`, undefined, {
      'if-match': etag,
    });
    expect(stop).toMatchObject({ status: 202, body: { status: 'stopping' } });
    const twice = await app.api.request('DELETE', `/api/instances/${id}`, undefined, { 'if-match': etag });
    expect(twice.status).toBe(412);
  });
});

describe('verbs', () => {
  it('that the instance cannot do now are refused with those that it can', async () => {
    await app.api.create({ name: 'verbs' });
    const restart = await app.api.ask('verbs', 'restart');
    expect(problem(restart)).toMatchObject({
      status: 409,
      code: 'ACTION_NOT_ALLOWED',
      allowedActions: ['start', 'stop', 'update', 'delete'],
    });
    await app.api.delete('verbs');
    await eventually('it is deleted', async () => (await app.api.list('?name=verbs')).data.length === 0);
  });

  it('that set a level may be repeated: only the first is an event', async () => {
    const { id } = (await app.api.create({ name: 'again-and-again' })).body;
    await app.api.until(id, 'ready');
    const before = app.novita.count('stopInstance');
    const stops = await Promise.all(Array.from({ length: 8 }, () => app.api.ask(id, 'stop')));
    expect(new Set(stops.map(({ status }) => status))).toEqual(new Set([202]));
    await app.api.until(id, 'stopped');
    expect((await app.api.ask(id, 'stop')).status).toBe(202);
    const asked = (await app.api.events(id)).filter(({ type }) => type === 'instance.stop_requested');
    expect(asked).toHaveLength(1);
    expect(app.novita.count('stopInstance') - before).toBeLessThan(4);
  });

  it('take a name or an id, and know no instance of another name', async () => {
    const { id } = (await app.api.create({ name: 'by-name' })).body;
    expect((await app.api.get('by-name')).id).toBe(id);
    expect((await app.api.ask('by-name', 'stop')).body.id).toBe(id);
    const nobody = await app.api.ask('nobody', 'stop');
    expect(problem(nobody)).toMatchObject({ status: 404, code: 'INSTANCE_NOT_FOUND' });
  });
});

describe('a name', () => {
  it('that is taken is refused', async () => {
    await app.api.create({ name: 'occupied' });
    const second = await app.api.create({ name: 'occupied' });
    expect(problem(second)).toMatchObject({ status: 409, code: 'NAME_TAKEN', errors: [{ pointer: '/name' }] });
  });
});

describe('a request that cannot be', () => {
  const PROBED_PORT = '/readiness/probes/0/port';
  const DELAY = '/readiness/initialDelaySeconds';
  /** Its template opens port 8000 and sets one variable. */
  const VLLM = { image: undefined, ports: undefined, templateId: '104001' };
  const probing = (probe: object) => ({ readiness: { probes: [probe] } });
  const envs = (count: number) => Array.from({ length: count }, (_, at) => ({ key: `E${at}`, value: 'x' }));

  it.each<[string, Record<string, unknown>]>([
    ['as many variables as go with its template', { ...VLLM, envs: envs(98) }],
    ['a variable of its template among 99', { ...VLLM, envs: [...envs(98), { key: 'HF_HOME', value: 'x' }] }],
    ['a probe of a port of its template', { ...VLLM, ...probing({ port: 8000, type: 'http', path: '/health' }) }],
    ['regions by id, code and name', { regions: ['us-ca-6', 'US-CA-06', 'us-ca-06 (california)'] }],
    ['a delay within a time limit of its own', { readiness: { initialDelaySeconds: 700, readyWithinSeconds: 701 } }],
  ])('is not one with %s', async (what, changes) => {
    const name = what.replaceAll(/\W+/g, '-');
    expect((await app.api.create({ name, ...changes })).status).toBe(202);
    await app.api.delete(name);
  });

  /** What a create would write, whatever else goes on meanwhile: an instance of this name, and its key. */
  const written = async (): Promise<number> => {
    const { rows } = await database.query(
      `SELECT 1 FROM instances WHERE name IN ('refused', 'my machine') UNION ALL SELECT 1 FROM idempotency_keys WHERE key = 'refused'`,
    );
    return rows.length;
  };

  it.each<[string, Record<string, unknown>, number, string]>([
    ['an unknown field', { colour: 'red' }, 400, '/colour'],
    ['a wrong type', { gpuNum: 'two' }, 400, '/gpuNum'],
    ['no GPU', { gpuNum: 0 }, 400, '/gpuNum'],
    ['a name with spaces', { name: 'my machine' }, 400, '/name'],
    ['a reserved port', { ports: [{ port: 2222, protocol: 'tcp' }] }, 400, '/ports/0/port'],
    ['an env in our name', { envs: [{ key: 'NOVITAI_TAG', value: 'x' }] }, 400, '/envs/0/key'],
    ['region and regions', { region: 'us-ca-6', regions: ['eu-de-1'] }, 400, '/region'],
    [
      'a probe of a port that is not opened',
      { readiness: { probes: [{ port: 1, type: 'tcp' }] } },
      400,
      '/readiness/probes/0/port',
    ],
    ['a product that nobody sells', { productName: 'RTX 9999' }, 422, '/productName'],
    ['a template that nobody has', { templateId: 'nosuch' }, 422, '/templateId'],
    ['a region that nobody knows', { region: 'atlantis-1' }, 422, '/region'],
    ['a region that nobody knows among others', { regions: ['us-ca-6', 'atlantis-1'] }, 422, '/regions/1'],
    ['a probe without any port', { ports: undefined, ...probing({ port: 80, type: 'tcp' }) }, 400, PROBED_PORT],
    [
      'a probe of a port that its template opens not',
      { ...VLLM, ...probing({ port: 80, type: 'tcp' }) },
      400,
      PROBED_PORT,
    ],
    ['more variables than go with its template', { ...VLLM, envs: envs(99) }, 400, '/envs'],
    ['a delay as long as the time limit', { readiness: { initialDelaySeconds: 600 } }, 400, DELAY],
    [
      'a delay as long as a time limit of its own',
      { readiness: { initialDelaySeconds: 5, readyWithinSeconds: 5 } },
      400,
      DELAY,
    ],
  ])('%s: is refused with a pointer, and writes nothing', async (_what, changes, status, pointer) => {
    const answer = await app.api.create({ name: 'refused', ...changes }, withKey('refused'));
    expect(problem(answer)).toMatchObject({ status, errors: [{ pointer }] });
    expect(await written()).toBe(0);
  });
});

describe('a page that is exactly full', () => {
  it('of instances is followed by no other when there are no more', async () => {
    for (const name of ['full-1', 'full-2', 'full-3']) await app.api.create({ name, labels: { page: 'full' } });
    const page = (limit: number, cursor = '') => app.api.list(`?label=page=full&limit=${limit}${cursor}`);
    const { data, nextCursor } = await page(2);
    expect(data).toHaveLength(2);
    expect(await page(1, `&cursor=${nextCursor ?? ''}`)).toMatchObject({
      data: [{ name: 'full-1' }],
      nextCursor: null,
    });
    expect((await page(3)).nextCursor).toBeNull();
  });

  it('of events is followed by no other when there are no more', async () => {
    const { id } = (await app.api.create({ name: 'full-of-events' })).body;
    await app.api.until(id, 'ready');
    await app.api.delete(id);
    // the last one that there will ever be
    await eventually('deleted is told', async () =>
      (await app.api.events(id)).some(({ data }) => data['to'] === 'deleted'),
    );
    const count = (await app.api.events(id)).length;
    const page = async (limit: number) =>
      (await app.api.request<InstanceEventListDto>('GET', `/api/instances/${id}/events?limit=${limit}`)).body;
    expect((await page(count)).nextCursor).toBeNull();
    expect((await page(count - 1)).nextCursor).not.toBeNull();
  });
});

describe('the labels of a filter', () => {
  const listed = async (query: string): Promise<string[]> =>
    (await app.api.list(`?${query}`)).data.map(({ name }) => name).sort();

  it('all have to match, and may hold whatever a label may hold', async () => {
    await app.api.create({ name: 'labels-1', labels: { 'labels/a': '1', 'labels/b': 'x, y\\' } });
    await app.api.create({ name: 'labels-2', labels: { 'labels/a': '2', 'labels/b': '' } });
    const value = encodeURIComponent('x\\, y\\\\');
    for (const [query, names] of [
      ['label=labels/a=1', ['labels-1']],
      ['label=labels/b=', ['labels-2']],
      ['label=labels/a=2,labels/b=', ['labels-2']],
      ['label=labels/a=1&label=labels/b=', []],
      // one key has one value
      ['label=labels/a=1,labels/a=2', []],
      ['label=labels/a=2&label=labels/a=1', []],
      ['label=labels/a=1&label=labels/a=1', ['labels-1']],
      [`label=labels/b=${value}`, ['labels-1']],
      [`label=labels/b=${value},labels/a=1`, ['labels-1']],
      [`label=labels/a=1&label=labels/b=${value}`, ['labels-1']],
      [`label=labels/b=${value}&label=labels/a=2`, []],
    ] as const) {
      expect(await listed(query), query).toEqual(names);
    }
  });

  it.each(['label=a', 'label=', 'label==b', 'label=a=1,', 'label=,a=1', 'label=a=1,,b=2', `label=a=${'x'.repeat(64)}`])(
    'are refused when one is none: %s',
    async (query) => {
      const answer = await app.api.request('GET', `/api/instances?${query}`);
      expect(problem(answer)).toMatchObject({ status: 400, errors: [{ pointer: '?label' }] });
    },
  );
});

describe('the answer of an instance', () => {
  /** Shown under a name of its own, or only as what became of it. */
  const SHOWN_AS: Record<string, string> = { region: 'regions', project: 'projectId' };
  /** Part of an endpoint, which `GET /api/webhooks` shows: see instance-webhooks.test.ts. */
  const OF_WEBHOOK = ['webhookUrl', 'webhookSecret'];

  it('shows every field that may be asked for, as it was asked for', async () => {
    const schemas = ApiDocument.load().schemas;
    const planned = { name: 'all-fields', productName: 'RTX 4090', templateId: '104001' };
    const { body: plan } = await app.api.request<{ id: string }>('POST', '/api/plans', planned);
    const readiness = {
      probes: [{ port: 8000, type: 'http', path: '/health', accept: ['200-299'] }],
      ...{ initialDelaySeconds: 3, intervalSeconds: 20, timeoutSeconds: 4, successThreshold: 2, failureThreshold: 4 },
      readyWithinSeconds: 1_000,
    };
    const body: Record<string, unknown> = {
      ...{ name: 'all-fields', productName: 'RTX 4090', templateId: '104001', image: 'example/all:1', command: 'run' },
      ...{ gpuNum: 2, rootfsSize: 70, regions: ['us-ca-6'], billingMode: 'spot', onAmbiguous: 'fail' },
      ...{ onReclaim: 'wait', onStartFailure: 'migrate', onFailure: 'replace' },
      ...{ maxPricePerGpuHour: '0.01', maxPricePerHour: '0.02', registryAuthId: '1203' },
      ports: [{ port: 8000, protocol: 'http' }],
      volumes: [{ id: VOLUME.id, mountPath: '/models' }],
      ...{ envs: [{ key: 'A', value: 'a-secret' }], labels: { team: 'x' }, readiness },
      ...{ project: 'default', planId: plan.id, capacityWait: { forMinutes: 30, maxPricePerHour: '0.05' } },
    };
    const fields = Object.keys(schemas['CreateInstanceRequest']?.properties ?? {});
    expect(fields).toEqual(expect.arrayContaining(OF_WEBHOOK));
    const askable = fields.filter((field) => !OF_WEBHOOK.includes(field));
    expect([...Object.keys(body), 'region', 'gpu'].sort()).toEqual(askable.sort());
    expect(Object.keys(readiness).sort()).toEqual(Object.keys(schemas['ReadinessRequest']?.properties ?? {}).sort());
    expect((await app.api.create(body)).status).toBe(202);
    // the answer has the id of the project
    const { project: _project, ...shownAs } = body;
    expect(await app.api.get('all-fields', '?include=secrets')).toMatchObject(shownAs);
    const masked = { ...shownAs, envs: [{ key: 'A', value: '***' }] };
    expect(await app.api.get('all-fields')).toMatchObject(masked);
    const shown = schemas['Instance']?.properties ?? {};
    for (const field of askable) expect(Object.keys(shown)).toContain(SHOWN_AS[field] ?? field);
    await app.api.delete('all-fields');
    const gpu = { names: ['RTX 4090', 'L40S'], minMemoryGb: 24, count: 2 };
    await app.api.create({
      name: 'any-gpu',
      productName: undefined,
      gpu,
      billingMode: 'spotThenOnDemand',
      maxPricePerHour: '0.01',
    });
    expect(await app.api.get('any-gpu')).toMatchObject({
      productName: null,
      gpu,
      gpuNum: 2,
      billingMode: 'spotThenOnDemand',
    });
    await app.api.delete('any-gpu');
  });
});

describe('secrets', () => {
  const CANARY = 'canary-e2e-5b1d';

  it('are shown only to who asks for them, never in a list, an event or an answer to a verb', async () => {
    const created = await app.api.create({
      name: 'secretive',
      ports: [{ port: 22, protocol: 'tcp' }],
      envs: [{ key: 'TOKEN', value: CANARY }],
    });
    const { id } = created.body;
    const ready = await app.api.until(id, 'ready');
    const open = await eventually('the way in is known', async () => {
      const seen = await app.api.get(id, '?include=secrets');
      return seen.connection?.ssh?.password && seen;
    });
    const password = open.connection?.ssh?.password ?? '';
    expect(app.novita.machine(open.machine?.id ?? '').sshPassword).toBe(password);
    expect(open.envs).toEqual([{ key: 'TOKEN', value: CANARY }]);
    const seen = await app.api.get(id);
    expect(seen.connection?.ssh?.command).toContain('ssh -p');
    const everythingElse = JSON.stringify([
      created.body,
      ready,
      seen,
      await app.api.list(),
      await app.api.events(id),
      (await app.api.ask(id, 'stop')).body,
    ]);
    expect(everythingElse).not.toContain(CANARY);
    expect(everythingElse).not.toContain(password);
  });

  it('do not lie readable in any table', async () => {
    const { rows: tables } = await database.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const passwords = app.novita.machines().map(({ sshPassword }) => sshPassword);
    for (const { name } of tables) {
      const { rows: texts } = await database.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      const all = texts.map(({ text }) => text).join('\n');
      for (const secret of [CANARY, ...passwords]) expect(all.includes(secret), `${name} shows a secret`).toBe(false);
    }
  });
});
