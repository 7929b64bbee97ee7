import { describe, it, type ExpectStatic } from 'vitest';
import { Secret } from '../../src/config/config.js';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import { SWITCH_ALTERNATIVES } from '../novita-simulator/novita-simulator.js';
import type { SwitchName, Switches } from '../novita-simulator/switches.js';
import { eventually } from '../support/eventually.js';
import { machinesOf } from '../support/machines-of.js';
import { QUICK, startApp, type RunningApp } from '../support/running-app.js';

/**
 * Whatever Novita turns out to do where its sources disagree, an instance lives its whole life. The switches are independent, so
 * one round turns all of them at once: each round has another position of each (the first again where there are fewer). A round
 * that fails is to be run again switch by switch. Rounds mostly wait, so they run beside each other, each with a service of its own.
 */
const NAMES = Object.keys(SWITCH_ALTERNATIVES) as SwitchName[];
const ROUNDS = [0, 1, 2];
/** Apart from `deletedMachine`: a machine that goes without a delete, and is listed no more at once, would only be missed after minutes. */
const ONE_ROUND_LATER: ReadonlySet<SwitchName> = new Set(['afterReclaim']);
const positionOf = (name: SwitchName, round: number) => {
  const positions = SWITCH_ALTERNATIVES[name];
  return positions[(round + (ONE_ROUND_LATER.has(name) ? 1 : 0)) % positions.length];
};
const positionsOf = (round: number): Switches =>
  Object.fromEntries(NAMES.map((name) => [name, positionOf(name, round)])) as unknown as Switches;

/** Longer than the test: a machine that leaves without a delete, and that no list shows as removed, would only be missed after minutes. */
const LINGERS_SECONDS = 3_600;
const LONG_LISTED = { ...QUICK.bootTimes, lingering: [LINGERS_SECONDS, LINGERS_SECONDS] as const };

const untilSaying = ({ api }: RunningApp, id: string, sentence: RegExp): Promise<InstanceDto> =>
  eventually(`${id} says ${sentence.source}`, async () => {
    const seen = await api.get(id);
    return sentence.test(seen.statusMessage ?? '') && seen;
  });

/** Asked for, followed, stopped, started, restarted, deleted. */
const wholeLife = async ({ api, novita }: RunningApp, round: number, expect: ExpectStatic): Promise<void> => {
  const ports = [
    { port: 8188, protocol: 'http' },
    { port: 22, protocol: 'tcp' },
  ];
  const billingMode = round % 2 === 0 ? 'spot' : 'onDemand';
  const { id } = (await api.create({ name: 'life', billingMode, ports })).body;
  await api.until(id, 'ready');
  await api.ask(id, 'stop');
  await api.until(id, 'stopped');
  await api.ask(id, 'start');
  const { connection } = await api.until(id, 'ready');
  expect((await fetch(connection?.endpoints[0]?.address ?? '')).status).toBe(200);
  expect((await api.ask(id, 'restart')).body.status).toBe('starting');
  await api.until(id, 'ready');
  await api.delete(id);
  expect((await api.until(id, 'deleted')).attempts).toHaveLength(1);
  expect(machinesOf(novita, id)).toMatchObject([{ status: 'removed' }]);
};

/**
 * Every refusal in the words of this round; each instance goes on by itself when its reason is gone. One after the other: what
 * is refused for the whole account holds everybody's creates back for a while.
 */
const refusals = async (app: RunningApp): Promise<string[]> => {
  const { api, novita } = app;
  const normal = { ...novita.account };
  const refused = async (name: string, change: Partial<typeof normal>, sentence: RegExp): Promise<string> => {
    Object.assign(novita.account, change);
    const { id } = (await api.create({ name })).body;
    await untilSaying(app, id, sentence);
    Object.assign(novita.account, normal);
    await api.ask(id, 'start');
    await api.until(id, 'ready');
    return id;
  };
  return [
    await refused('poor', { depositUsd: 0 }, /no balance left/),
    await refused('too-many', { instanceLimit: 0 }, /quota|limits requests or GPUs|no balance left/),
    await refused('hasty', { requestsPerMinute: 0 }, /limits requests|cannot be asked/),
  ];
};

/** The first of two regions has none left; and the machine is taken away just before it is to be stopped. */
const takenWhileStopped = async ({ api, novita }: RunningApp, expect: ExpectStatic): Promise<string> => {
  novita.setStock('6000ada.16c120g', 'eu-de-1', 0);
  const { id } = (await api.create({ name: 'taken', productName: 'RTX 6000 Ada' })).body;
  const { attempts, machine } = await api.until(id, 'ready');
  expect(attempts).toMatchObject([{ reason: 'INSUFFICIENT_RESOURCE' }, { state: 'ACCEPTED' }]);
  novita.reclaim(machine?.id ?? '', 'terminate');
  await api.ask(id, 'stop');
  await api.until(id, 'stopped');
  return id;
};

const failedBoot = async ({ api }: RunningApp, expect: ExpectStatic): Promise<string> => {
  const { id } = (await api.create({ name: 'broken', image: 'broken/image:1' })).body;
  expect((await api.until(id, 'failed')).statusMessage).toContain('manifest unknown');
  return id;
};

describe.concurrent('with every behaviour that Novita may turn out to have', () => {
  it('the rounds hold each position of each switch', ({ expect }) => {
    for (const name of NAMES) {
      const seen = new Set(ROUNDS.map((round) => positionsOf(round)[name]));
      expect([...seen], name).toHaveLength(SWITCH_ALTERNATIVES[name].length);
    }
  });

  it.for(ROUNDS)(
    'an instance lives its whole life, and every refusal is understood (round %i)',
    async (round, { expect, onTestFinished }) => {
      const app = await startApp({ novita: { switches: positionsOf(round), bootTimes: LONG_LISTED } });
      onTestFinished(() => app.stop());
      const { api, novita } = app;
      const refused = await refusals(app);
      const [taken, broken] = await Promise.all([
        takenWhileStopped(app, expect),
        failedBoot(app, expect),
        wholeLife(app, round, expect),
      ]);
      const all = [...refused, taken, broken];
      for (const id of all) await api.delete(id);
      for (const id of all) {
        // where a machine leaves without being seen leaving, its absence is believed when it would be a minute old
        await api.until(id, 'deleted');
        for (const { status } of machinesOf(novita, id)) expect(status).toBe('removed');
      }
    },
  );
});

describe('a key that Novita does not know', () => {
  it.for(SWITCH_ALTERNATIVES.badKey)('is told as such (%s)', async (badKey, { expect }) => {
    const locked = await startApp({
      novita: { apiKey: 'the right one', switches: { badKey } },
      config: { novitaApi: { apiKey: new Secret('a wrong one') } },
    });
    const { id } = (await locked.api.create()).body;
    const told = await eventually('it is told', async () => {
      const { statusMessage } = await locked.api.get(id);
      return /Novita cannot be asked now: .*HTTP 40[13]/.test(statusMessage ?? '') && statusMessage;
    });
    expect(told).not.toContain('a wrong one');
    await locked.stop();
  });
});
