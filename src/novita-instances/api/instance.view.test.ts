import { describe, expect, it } from 'vitest';
import { aMachine, anAttempt, anInstance, aSpec, holding } from '../../../test/support/snapshot-builder.js';
import { instanceView } from './instance.view.js';

it.each([
  [0, []],
  [1, [1]],
  [20, Array.from({ length: 20 }, (_, at) => at + 1)],
  [21, Array.from({ length: 20 }, (_, at) => at + 2)],
  [360, Array.from({ length: 20 }, (_, at) => at + 341)],
])('of %i attempts the last twenty are shown, in their order', (count, shown) => {
  const attempts = Array.from({ length: count }, (_, at) => anAttempt({ number: at + 1, tag: `tag-${at}` }));
  const { attempts: seen } = instanceView({ ...holding(aMachine('running')), attempts }, { secrets: false });
  expect(seen.map(({ number }) => number)).toEqual(shown);
});

describe('what an instance shows', () => {
  const values = ['x', 'hunter2', 'a-long-value-of-a-variable'];
  const access = {
    sshCommand: 'ssh -p 1 root@a',
    sshPassword: 'p4ss',
    jupyterUrl: 'https://a/?token=b',
    webTerminal: { address: 'https://a', username: 'root', password: 'c' },
  };
  const snapshot = holding(
    aMachine('running', { access }),
    anInstance({ spec: aSpec({ envs: values.map((value, at) => ({ key: `K${at}`, value })), gpuNum: 8 }) }),
  );

  it('hides the values of variables, however short, and every way in, from those who do not ask for secrets', () => {
    const { envs, connection } = instanceView(snapshot, { secrets: false });
    expect(envs).toEqual(values.map((_, at) => ({ key: `K${at}`, value: '***' })));
    expect(connection).toEqual({
      endpoints: [{ port: 8188, protocol: 'http', address: 'http://127.0.0.1:9' }],
      ssh: { command: 'ssh -p 1 root@a' },
    });
  });

  it('has them for those who do', () => {
    const { envs, connection } = instanceView(snapshot, { secrets: true });
    expect(envs?.map(({ value }) => value)).toEqual(values);
    expect(connection).toMatchObject({
      ssh: { password: access.sshPassword },
      jupyterUrl: access.jupyterUrl,
      webTerminal: access.webTerminal,
    });
  });

  it.each(['creating', 'pulling', 'starting', 'stopping', 'exited', 'removing'] as const)(
    'is no connection while the machine is %s, whatever was known of it',
    (state) => {
      const machine = aMachine(state, { access });
      machine.observation.endpoints = [{ port: 8188, protocol: 'http', address: 'http://127.0.0.1:9' }];
      expect(instanceView(holding(machine), { secrets: true }).connection).toBeNull();
    },
  );

  it('is the price of one GPU and of all of them', () => {
    expect(instanceView(snapshot, { secrets: false }).placement).toMatchObject({
      pricePerGpuHour: { amount: '0.18' },
      pricePerInstanceHour: { amount: '1.44' },
    });
  });
});
