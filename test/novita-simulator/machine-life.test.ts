import { describe, expect, it } from 'vitest';
import type { Reply } from './api-caller.js';
import { everySwitchPosition, type Machine } from './novita-simulator.js';
import { withNovita, type Stage } from './with-novita.js';

/** The instance in an answer, wrapped or not. */
const instanceIn = ({ json }: Reply) => (json?.instance ?? json ?? {}) as Record<string, unknown>;
const isMissing = ({ status, json }: Reply) =>
  (status === 404 || status === 400) && json?.reason === 'RESOURCE_NOT_FOUND';

async function liveThrough({ api, novita }: Stage): Promise<void> {
  const status = async () => instanceIn(await api.look(id)).status;
  const listed = async () => (await api.list()).map((each) => [each.id, each.status]);

  const id = await api.create({ name: 'life', ports: '8188/http, 22/tcp', billingMode: 'onDemand' });
  expect(await status()).toBe(novita.switches.firstStatus);
  for (const next of ['creating', 'pulling', 'running']) {
    await novita.advance(id);
    expect(await status()).toBe(next);
  }
  expect(await listed()).toEqual([[id, 'running']]);

  expect((await api.act('start', id)).json).toMatchObject({ message: 'invalid state change' });
  expect((await api.act('stop', id)).status).toBe(200);
  for (const next of ['stopping', 'exited']) {
    await novita.advance(id);
    expect(await status()).toBe(next);
  }
  expect((await api.act('stop', id)).status).toBe(400);
  expect((await api.act('restart', id)).status).toBe(400);

  expect((await api.act('start', id)).status).toBe(200);
  for (const next of ['starting', 'running']) {
    await novita.advance(id);
    expect(await status()).toBe(next);
  }

  expect((await api.act('restart', id)).status).toBe(200);
  for (const next of ['restarting', 'running']) {
    await novita.advance(id);
    expect(await status()).toBe(next);
  }

  expect((await api.act('delete', id)).status).toBe(200);
  if (novita.switches.deletedMachine === 'listedForAWhile') {
    expect((await api.act('delete', id)).status).toBe(200);
    for (const next of ['removing', 'removed']) {
      await novita.advance(id);
      expect(await status()).toBe(next);
    }
    expect(await listed()).toEqual([[id, 'removed']]);
    await novita.advance(id, 'gone');
  }
  expect(isMissing(await api.look(id))).toBe(true);
  expect(isMissing(await api.act('delete', id))).toBe(true);
  expect(await listed()).toEqual([]);
  expect(novita.ledger()).toMatchObject([{ machineId: id, status: 'removed' }]);
}

describe('a machine lives from create to removed', () => {
  it.each(everySwitchPosition())('with $name = $value', async ({ switches }) => {
    await withNovita({ switches }, liveThrough);
  });
});

describe('a machine', () => {
  it('is bought twice by two creates of the same name', async () => {
    await withNovita({}, async ({ api, novita }) => {
      await api.create({ name: 'twin' });
      await api.create({ name: 'twin' });
      expect(novita.ledger().map((entry) => entry.name)).toEqual(['twin', 'twin']);
    });
  });

  it('can be deleted in every status, seconds after its create', async () => {
    await withNovita({}, async ({ api, novita }) => {
      for (const status of ['pending', 'creating', 'pulling', 'running'] as const) {
        const id = await api.create();
        await novita.advance(id, status);
        expect((await api.act('delete', id)).status).toBe(200);
        await novita.advance(id, 'removed');
        expect(novita.machine(id).holdsGpus).toBe(false);
      }
    });
  });

  it('removed while its ports are being opened stays removed, and nothing listens for it', async () => {
    await withNovita({}, async ({ api, novita }) => {
      const id = await api.create({ ports: '80/http' });
      await novita.advance(id, 'pulling');
      const arriving = novita.advance(id);
      novita.removeByHand(id);
      await arriving;
      expect(novita.machine(id).status).toBe('removed');
      expect(() => novita.workload(id)).toThrow('has no workload');
    });
  });

  it('is not deleted before its month is over', async () => {
    await withNovita({}, async ({ api, novita }) => {
      const id = await api.create({ month: 1, billingMode: 'onDemand' });
      expect(novita.machine(id).billingMode).toBe('monthly');
      expect((await api.act('delete', id)).json).toMatchObject({ reason: 'PREPAID_INSTANCE_NOT_SUPPORT_RELEASE' });
    });
  });

  it('fails its boot with a statusError instead of running', async () => {
    await withNovita({}, async ({ api, novita }) => {
      novita.failBoot('nextCreate', { state: 'PullImageFailed', message: 'manifest unknown' });
      const id = await api.create();
      await novita.advance(id, 'exited');
      expect((await api.look(id)).json).toMatchObject({
        status: 'exited',
        statusError: { state: 'PullImageFailed', message: 'manifest unknown' },
      });
      const next = await api.create();
      await novita.advance(next, 'running');
      expect(novita.machine(next).statusError).toBeNull();
    });
  });

  it('stays in pulling after a failed boot where the switch says so, and goes on being billed', async () => {
    await withNovita({ switches: { failedCreation: 'staysInPhase' } }, async ({ api, novita }) => {
      const id = await api.create({ imageUrl: 'broken/image:1' });
      await novita.advance(id, 'pulling');
      await novita.advance(id);
      await novita.advance(id);
      expect(novita.machine(id)).toMatchObject({ status: 'pulling', statusError: { state: 'PullImageFailed' } });
      expect(novita.ledger()[0]?.segments).toMatchObject([{ to: null }]);
    });
  });

  it('migrates from exited to running under the same id', async () => {
    await withNovita({}, async ({ api, novita }) => {
      const id = await api.create({ billingMode: 'spot' });
      await novita.advance(id, 'running');
      novita.reclaim(id, 'terminate');
      expect((await api.act('migrate', id)).status).toBe(200);
      await novita.advance(id, 'running');
      expect(novita.machine(id)).toMatchObject({ spotStatus: 'running', spotReclaimAt: null });
    });
  });
});

describe('a spot machine', () => {
  it('shows the notice, the reclaim and its end as the contract tells them', async () => {
    await withNovita({}, async ({ api, novita }) => {
      const id = await api.create({ billingMode: 'spot' });
      await novita.advance(id, 'running');
      const seen = async () => {
        const { status, spotStatus, spotReclaimTime } = (await api.look(id)).json ?? {};
        return [status, spotStatus, spotReclaimTime === '0' ? 'no time' : 'a time'];
      };
      expect(await seen()).toEqual(['running', 'running', 'no time']);
      novita.reclaim(id, 'notify');
      expect(await seen()).toEqual(['running', 'notified', 'a time']);
      const deadline = novita.machine(id).spotReclaimAt;
      novita.reclaim(id, 'reclaim');
      expect(await seen()).toEqual(['running', 'reclaiming', 'a time']);
      novita.reclaim(id, 'terminate');
      expect(await seen()).toEqual(['exited', 'terminated', 'a time']);
      expect(novita.machine(id).spotReclaimAt).toBe(deadline);
    });
  });

  it('that its owner stopped carries no reclaim time', async () => {
    await withNovita({}, async ({ api, novita }) => {
      const id = await api.create({ billingMode: 'spot' });
      await novita.advance(id, 'running');
      await api.act('stop', id);
      await novita.advance(id, 'exited');
      expect((await api.look(id)).json).toMatchObject({ spotStatus: '', spotReclaimTime: '0' });
    });
  });
});

describe('other hands in the account', () => {
  it('rename a machine, remove it, and bring machines of their own', async () => {
    await withNovita({}, async ({ api, novita }) => {
      const id = await api.create({ name: 'ours' });
      novita.rename(id, 'renamed');
      expect((await api.list()).map((each) => each.name)).toEqual(['renamed']);
      novita.removeByHand(id);
      const foreign: Machine = await novita.addForeignMachine('somebody-else');
      expect((await api.list()).map((each) => [each.name, each.status])).toEqual([['somebody-else', 'running']]);
      expect(isMissing(await api.look(id))).toBe(true);
      expect(novita.ledger().map((entry) => entry.foreign)).toEqual([false, true]);
      expect(foreign.foreign).toBe(true);
    });
  });
});
