import { describe, expect, it } from 'vitest';
import { ManualClock, SWITCH_ALTERNATIVES } from './novita-simulator.js';
import { parseSwitches, type SwitchName } from './switches.js';
import { withNovita, type Stage } from './with-novita.js';

/** Moves the time of the simulator. */
const clocks = new WeakMap<object, ManualClock>();
const pass = async ({ novita }: Stage, seconds: number) => {
  clocks.get(novita)?.tick(seconds * 1000);
  await novita.settled();
};

type Probe = (stage: Stage) => Promise<unknown>;

const running = async ({ api, novita }: Stage, body = {}): Promise<string> => {
  const id = await api.create({ ports: '8188/http', ...body });
  await novita.advance(id, 'running');
  return id;
};
const detail = async (stage: Stage, body = {}) => (await stage.api.look(await running(stage, body))).json ?? {};

const reclaimed = async (stage: Stage): Promise<string> => {
  const id = await running(stage, { billingMode: 'spot' });
  stage.novita.reclaim(id, 'terminate');
  return id;
};

/** What a client sees of each switch. Two values must never look alike. */
const SEEN: Record<SwitchName, Probe> = {
  pageBase: async ({ api }) => {
    for (let made = 0; made < 3; made += 1) await api.create();
    return (await api.list('pageSize=2&pageNum=1')).length;
  },
  maxPageSize: async ({ api }) => {
    for (let made = 0; made < 21; made += 1) await api.create({ productId: 'cpu.4c8g', kind: 'cpu' });
    return (await api.list('pageSize=100&pageNum=0')).length;
  },
  listOrder: async ({ api }) => {
    for (let made = 0; made < 21; made += 1) await api.create({ productId: 'cpu.4c8g', kind: 'cpu' });
    const orders = await Promise.all(
      [0, 1].map(async () => (await api.list('pageSize=100&pageNum=0')).map(({ id }) => id)),
    );
    return orders[0]?.join() === orders[1]?.join();
  },
  missingInstance: async ({ api }) => (await api.look('nosuchmachine')).status,
  total: async ({ api }) => typeof (await api.get('/gpu/instances')).json?.total,
  emptyList: async ({ api }) => (await api.get('/gpu/instances')).status,
  actionBody: async (stage) => (await stage.api.act('stop', await running(stage))).text.length,
  node: async (stage) => JSON.stringify((await detail(stage)).node),
  listPortMappings: async (stage) => {
    await running(stage);
    const [machine] = await stage.api.list();
    return (machine?.portMappings as object[] | undefined)?.map((mapping) => Object.keys(mapping).length);
  },
  spotOnGet: async (stage) => 'spotStatus' in (await detail(stage)),
  spotStatusAfterStop: async (stage) => {
    const id = await running(stage, { billingMode: 'spot' });
    await stage.api.act('stop', id);
    await stage.novita.advance(id, 'exited');
    return (await stage.api.look(id)).json?.spotStatus;
  },
  noticeReclaimTime: async (stage) => {
    const id = await running(stage, { billingMode: 'spot' });
    stage.novita.reclaim(id, 'notify');
    return (await stage.api.look(id)).json?.spotReclaimTime === '0';
  },
  reclaimBegins: async (stage) => {
    const id = await running(stage, { billingMode: 'spot' });
    stage.novita.reclaim(id, 'notify');
    const { spotReclaimAt } = stage.novita.machine(id);
    for (let tenths = 0; stage.novita.machine(id).spotStatus === 'notified'; tenths += 1) {
      expect(tenths).toBeLessThan(36_002);
      clocks.get(stage.novita)?.tick(100);
    }
    return (clocks.get(stage.novita)?.now() ?? 0) < (spotReclaimAt ?? 0);
  },
  afterReclaim: async (stage) => {
    const id = await reclaimed(stage);
    await pass(stage, 60);
    return (await stage.api.look(id)).status;
  },
  diskAfterReclaim: async (stage) => stage.novita.machine(await reclaimed(stage)).diskGeneration,
  migrateUnderNotice: async (stage) => {
    const id = await running(stage, { billingMode: 'spot' });
    stage.novita.reclaim(id, 'notify');
    expect((await stage.api.act('migrate', id)).status).toBe(400);
    stage.novita.reclaim(id, 'reclaim');
    return (await stage.api.act('migrate', id)).status;
  },
  actionsDuringJob: async (stage) => {
    const id = await running(stage);
    await stage.api.post('/job/save/image', { instanceId: id, image: 'example/saved:1' });
    return (await stage.api.act('stop', id)).status;
  },
  autoMigrateEcho: async (stage) => 'autoMigrateOpen' in (await detail(stage)),
  usedUpBudget: async (stage) => {
    const id = await running(stage);
    stage.novita.useUpBudget();
    await pass(stage, 0);
    const atOnce = stage.novita.machine(id).status;
    await pass(stage, 3600);
    return [atOnce, stage.novita.machine(id).status];
  },
  storageCreateBody: async ({ api }) =>
    typeof (JSON.parse(
      (await api.post('/networkstorage/create', { clusterId: 'us-ca-6', storageName: 'models', storageSize: 50 })).text,
    ) as unknown),
  registryAuthSave: async ({ api }) =>
    (await api.post('/repository/auth/save', { name: 'docker.io', username: 'me', password: 'secret' })).status,
  billPrecision: async (stage) => {
    await running(stage);
    await pass(stage, 3600);
    const { json } = await stage.api.account('/billing/bill/list?cycleType=Hour&productCategory=gpu');
    const [line] = json?.bills as Record<string, string>[];
    expect(Number(line?.basePrice0) / Number(line?.pricePrecision)).toBe(3_500);
    return line?.pricePrecision;
  },
  metricGaps: async (stage) => {
    const id = await running(stage);
    let gaps = 0;
    for (let minute = 0; minute < 10; minute += 1) {
      await pass(stage, 60);
      const { json } = await stage.api.account(`/metrics/gpu/instance?instanceId=${id}`);
      expect(json?.memUtilization).not.toEqual([]);
      if ((json?.cpuUtilization as unknown[]).length === 0) gaps += 1;
    }
    return gaps > 0;
  },
  errorMetadata: async ({ api, novita }) => {
    novita.account.gpuLimit = 0;
    return (await api.tryCreate()).json?.metadata;
  },
  errorMetadataSent: async ({ api }) => 'metadata' in ((await api.look('nosuchmachine')).json ?? {}),
  statusError: async (stage) => (await detail(stage)).statusError === null,
  unsetMessages: async ({ api }) => {
    const seen = (await api.look(await api.create())).json ?? {};
    return 'network' in seen ? seen.network : 'absent';
  },
  undocumentedFields: async (stage) => 'createdAt' in (await detail(stage)),
  billingModeEcho: async (stage) => (await detail(stage)).billingMode,
  productNumbers: async ({ api }) => {
    const [product] = (await api.get('/products')).json?.data as Record<string, unknown>[];
    return [typeof product?.price, typeof product?.cpuPerGpu];
  },
  regionNames: async ({ api }) => {
    const [product] = (await api.get('/products')).json?.data as { regions: string[] }[];
    const [cluster] = (await api.get('/clusters')).json?.data as { name: string }[];
    return [product?.regions[0], cluster?.name];
  },
  firstStatus: async ({ api }) => (await api.look(await api.create())).json?.status,
  failedCreation: async ({ api, novita }) => {
    const id = await api.create({ imageUrl: 'broken/image' });
    await novita.advance(id, 'pulling');
    await novita.advance(id);
    return (await api.look(id)).json?.status;
  },
  deletedMachine: async (stage) => {
    const id = await running(stage);
    await stage.api.act('delete', id);
    return (await stage.api.look(id)).status;
  },
  retryAfter: async ({ api, novita }) => {
    novita.account.requestsPerMinute = 0;
    return (await api.get('/clusters')).headers.get('retry-after');
  },
  badKey: async ({ novita }) => {
    const reply = await fetch(`${novita.baseUrl}/v1/clusters`);
    return [reply.status, reply.headers.get('content-type')];
  },
  outOfStock: async ({ api }) => (await api.tryCreate({ productId: 'h200.24c200g' })).json?.reason,
  invalidStateReason: async ({ api }) => (await api.act('stop', await api.create())).json?.reason,
  instanceQuota: async ({ api, novita }) => {
    novita.account.instanceLimit = 0;
    return (await api.tryCreate()).status;
  },
  lowBalance: async ({ api, novita }) => {
    novita.account.depositUsd = 0;
    return (await api.tryCreate()).json?.reason;
  },
  instanceWrapping: async (stage) => 'instance' in (await detail(stage)),
};

/** Switches of what happens by itself. */
const BY_TIME: ReadonlySet<SwitchName> = new Set<SwitchName>(['reclaimBegins', 'afterReclaim']);

describe('every switch', () => {
  it.each(Object.keys(SWITCH_ALTERNATIVES) as SwitchName[])(
    '%s changes what a client sees, in each position',
    async (name) => {
      const seen: string[] = [];
      for (const value of SWITCH_ALTERNATIVES[name]) {
        const clock = new ManualClock();
        const mode = BY_TIME.has(name) ? 'auto' : 'explicit';
        await withNovita({ clock, mode, switches: { [name]: value } }, async (stage) => {
          clocks.set(stage.novita, clock);
          seen.push(JSON.stringify((await SEEN[name](stage)) ?? null));
        });
      }
      expect(new Set(seen).size, seen.join(' | ')).toBe(SWITCH_ALTERNATIVES[name].length);
    },
  );

  it('is refused over the wire when its name or value does not exist', () => {
    expect(() => parseSwitches({ pageBase: 2 })).toThrow('pageBase');
    expect(() => parseSwitches({ noSuchSwitch: 1 })).toThrow('noSuchSwitch');
    expect(parseSwitches({ pageBase: 1 })).toEqual({ pageBase: 1 });
  });
});
