import { describe, expect, it } from 'vitest';
import { ManualClock, type SimulatorOptions } from './novita-simulator.js';
import { withNovita, type Stage } from './with-novita.js';

const HOUR = 3_600;

type Bill = Record<'amount' | 'ownerID' | 'category' | 'startTime' | 'billNum0', string>;

interface AccountStage extends Stage {
  pass: (seconds: number) => Promise<void>;
  bills: (query: string) => Promise<Bill[]>;
}

async function withAccount(options: SimulatorOptions, play: (stage: AccountStage) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  await withNovita({ clock, ...options }, async ({ api, novita }) =>
    play({
      ...{ api, novita },
      pass: async (seconds) => {
        clock.tick(seconds * 1000);
        await novita.settled();
      },
      bills: async (query) => (await api.account(`/billing/bill/list?${query}`)).json?.bills as Bill[],
    }),
  );
}

const total = (bills: Bill[]) => bills.reduce((sum, { amount }) => sum + Number(amount), 0);

describe('bills', () => {
  it('have a line for each hour in which a machine was billed, and none for the hour that is not over', async () => {
    await withAccount({}, async ({ api, novita, pass, bills }) => {
      await pass(1_800);
      const id = await api.create({ gpuNum: 2 });
      await novita.advance(id, 'running');
      await pass(1_000);
      expect(await bills('cycleType=Hour&productCategory=gpu')).toEqual([]);
      await pass(HOUR);
      expect(await bills('cycleType=Hour&productCategory=gpu')).toMatchObject([
        { ownerID: id, billNum0: '3600', amount: '3500' },
      ]);
      await pass(HOUR);
      expect((await bills('cycleType=Hour&productCategory=gpu')).map(({ billNum0 }) => billNum0)).toEqual([
        '3600',
        '7200',
      ]);
      expect(await bills('cycleType=Day&productCategory=gpu')).toMatchObject([{ billNum0: '10800' }]);
    });
  });

  it('add up to the ledger, however it is cut', async () => {
    await withAccount({}, async ({ api, novita, pass, bills }) => {
      for (const [body, seconds] of [
        [{ gpuNum: 3, productId: '3090.16c92g' }, 4_321],
        [{ billingMode: 'spot' }, 77],
        [{ kind: 'cpu', productId: 'cpu.4c8g' }, 50_001],
      ] as const) {
        const id = await api.create(body);
        await novita.advance(id, 'running');
        await pass(seconds);
        await api.act('stop', id);
        await novita.advance(id, 'exited');
      }
      await pass(HOUR);
      const spent = novita.ledger().reduce((sum, { costUsd }) => sum + Math.round(costUsd * 10_000), 0);
      for (const cycle of ['Hour', 'Day', 'Week', 'Month']) {
        expect(total(await bills(`cycleType=${cycle}&productCategory=summary`)), cycle).toBe(spent);
      }
    });
  });

  it('charge a network volume for its whole life, by the size that it had', async () => {
    await withAccount({}, async ({ api, novita, pass, bills }) => {
      await api.post('/networkstorage/create', { clusterId: 'us-ca-6', storageName: 'a', storageSize: 100 });
      const storageId = novita.holdings.storages[0]?.id ?? '';
      await pass(24 * HOUR);
      await api.post('/networkstorage/update', { storageId, storageSize: 200 });
      await pass(24 * HOUR);
      await api.post('/networkstorage/delete', { storageId });
      await pass(24 * HOUR);
      // 0.002 USD per GB and day
      const lines = await bills('cycleType=Month&productCategory=cloud_storage');
      expect(lines).toMatchObject([{ ownerID: storageId, amount: '6000' }]);
      expect((await api.account('/billing/balance/detail')).json).toMatchObject({ availableBalance: '99994000' });
    });
  });

  it('have purchases by the month on a list of their own', async () => {
    await withAccount({}, async ({ api, pass, bills }) => {
      const id = await api.create({ month: 2, gpuNum: 2 });
      await pass(2 * HOUR);
      expect(await bills('cycleType=Hour&productCategory=summary')).toEqual([]);
      const { json } = await api.account('/billing/bill/monthly/list?category=gpu');
      expect(json?.bills).toMatchObject([{ ownerID: id, billNum: '4', basePrice: '22680000', amount: '9072000' }]);
    });
  });
});

describe('a budget of a member that is used up', () => {
  it.each([
    ['stopsAtOnce', 0, 'toStop'],
    ['stopsAtTheHour', HOUR - 600, 'toStop'],
    ['goesOn', 10 * HOUR, 'running'],
  ] as const)('%s: a machine is %s s later %s, and nothing new is made', async (usedUpBudget, after, status) => {
    await withAccount({ switches: { usedUpBudget } }, async ({ api, novita, pass }) => {
      const id = await api.create();
      await novita.advance(id, 'running');
      await pass(600);
      novita.useUpBudget();
      await pass(Math.max(0, after - 1));
      if (after > 0) expect(novita.machine(id).status).toBe('running');
      await pass(1);
      expect(novita.machine(id).status).toBe(status);
      expect((await api.tryCreate()).json).toMatchObject({ reason: 'MEMBER_BUDGET_NOT_ENOUGH' });
    });
  });
});

describe('an image that is prewarmed', () => {
  const IMAGE = 'vllm/vllm-openai:v0.10.1';

  it('is loaded by and by, and pulled ten times as fast then', async () => {
    await withAccount({ mode: 'auto' }, async ({ api, novita, pass }) => {
      const state = async () =>
        ((await api.get('/image/prewarm')).json?.data as { state: string; imageSize: string }[])[0]?.state;
      await api.post('/image/prewarm', { imageUrl: IMAGE, clusterId: 'us-ca-6' });
      const states = [await state()];
      for (let seconds = 0; states.at(-1) !== 'Succeeded'; seconds += 1) {
        expect(seconds).toBeLessThan(700);
        await pass(1);
        const now = await state();
        if (states.at(-1) !== now) states.push(now);
      }
      expect(states).toEqual(['Pending', 'Running', 'Succeeded']);
      const pullOf = async (clusterId: string) => {
        const id = await api.create({ imageUrl: IMAGE, clusterId });
        while (novita.machine(id).status !== 'pulling') await pass(1);
        let seconds = 0;
        for (; novita.machine(id).status === 'pulling'; seconds += 1) await pass(1);
        return seconds;
      };
      expect(await pullOf('us-ca-6')).toBeLessThanOrEqual(31);
      expect(await pullOf('as-sgp-2')).toBeGreaterThanOrEqual(59);
    });
  });

  it('fails where there is no such image, and at most five tasks exist', async () => {
    await withAccount({}, async ({ api, pass }) => {
      const task = { imageUrl: 'broken/image:1', clusterId: 'us-ca-6' };
      for (let made = 0; made < 5; made += 1) expect((await api.post('/image/prewarm', task)).status).toBe(200);
      expect((await api.post('/image/prewarm', task)).json).toMatchObject({ reason: 'IMAGE_PREWARM_NUM_LIMIT' });
      await pass(1_000);
      const tasks = (await api.get('/image/prewarm?state=Failed')).json?.data as { id: string; reason: string[] }[];
      expect(tasks[0]?.reason).toEqual(['manifest unknown']);
      await api.post('/image/prewarm/delete', { ids: tasks.map(({ id }) => id) });
      expect((await api.get('/image/prewarm/quota')).json).toEqual({ total: 0, limit: 5, perImageSize: 100 });
    });
  });
});

describe('a job', () => {
  it.each(['start', 'stop', 'restart', 'migrate'] as const)('bars %s while it runs, and no delete', async (action) => {
    await withAccount({}, async ({ api, novita, pass }) => {
      const id = await api.create();
      await novita.advance(id, 'running');
      if (action === 'start') {
        await api.act('stop', id);
        await novita.advance(id, 'exited');
      }
      const save = () => api.post('/job/save/image', { instanceId: id, image: 'example/saved:1' });
      await save();
      expect((await save()).json).toMatchObject({ reason: 'CONFLICT' });
      expect((await api.act(action, id)).json).toMatchObject({ code: 400, reason: 'CONFLICT' });
      await pass(600);
      expect((await api.act(action, id)).status).toBe(200);
    });
    await withAccount({}, async ({ api, novita }) => {
      const id = await api.create();
      await novita.advance(id, 'running');
      await api.post('/job/save/image', { instanceId: id, image: 'example/saved:1' });
      expect((await api.act('delete', id)).status).toBe(200);
      await novita.advance(id, 'removed');
      expect((await api.get('/jobs')).json?.jobs).toMatchObject([{ state: { state: 'fail' } }]);
    });
  });

  it('that is broken off ends, and the machine is free again', async () => {
    await withAccount({}, async ({ api, novita }) => {
      const id = await api.create();
      await novita.advance(id, 'running');
      const { json } = await api.post('/job/save/image', { instanceId: id, image: 'example/saved:1' });
      expect((await api.post('/job/break', { jobId: json?.jobId })).status).toBe(200);
      expect((await api.get('/jobs?state=break')).json).toMatchObject({ total: 1 });
      expect((await api.act('stop', id)).status).toBe(200);
    });
  });
});

it('a volume binds a machine to its cluster', async () => {
  await withAccount({}, async ({ api, novita }) => {
    await api.post('/networkstorage/create', { clusterId: 'as-sgp-2', storageName: 'a', storageSize: 100 });
    const networkStorages = [{ Id: novita.holdings.storages[0]?.id }];
    expect((await api.tryCreate({ networkStorages, clusterId: 'us-ca-6' })).json).toMatchObject({
      reason: 'NETWORK_STORAGE_UNAVAILABLE',
    });
    const id = await api.create({ networkStorages });
    expect(novita.machine(id).clusterId).toBe('as-sgp-2');
  });
});
