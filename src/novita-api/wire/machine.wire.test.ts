import { describe, expect, it } from 'vitest';
import { inWords } from '../../../test/support/in-words.js';
import { decodeListedMachine, decodeMachine } from './machine.wire.js';

const machine = (fields: object = {}): object => ({ id: '79485daa470d8d6d', name: 'm', status: 'running', ...fields });
const seen = (fields: object = {}) => {
  const decoded = decodeMachine(machine(fields));
  if (decoded === null) throw new Error('not readable');
  return decoded;
};
const access = (fields: object) => seen(fields).access;
const addressOf = (type: string, endpoint: unknown) =>
  seen({ portMappings: [{ port: 80, type, endpoint }] }).endpoints[0]?.address;

/** By the state that they mean. */
const STATUS_WORDS = {
  queued: 'pending toCreate',
  creating: 'creating',
  pulling: 'pulling',
  running: 'running Running',
  starting: 'toStart starting toRestart restarting toReset resetting',
  stopping: 'toStop stopping',
  exited: 'exited EXITED',
  migrating: 'migrating',
  freezing: 'freezing',
  removing: 'toRemove removing',
  removed: 'removed',
  unknown: 'hibernating stopped constructor',
};

describe('reading a machine', () => {
  it.each(Object.entries(STATUS_WORDS).flatMap(([state, words]) => words.split(' ').map((word) => [word, state])))(
    'knows the status %s as %s',
    (status, state) => {
      expect(inWords(seen({ status }))).toMatchObject({ state, statusWord: status });
    },
  );

  it('reads one that is wrapped', () => {
    expect(inWords(decodeMachine({ instance: machine() }))).toEqual(inWords(decodeMachine(machine())));
  });

  it.each([' nvt-1', 'nvt-1 ', 'nvt-1\t', '\u200bnvt-1', 'nvt-1\u0000', 'nvt-\u202e1'])(
    'does not take %j for the name or the tag that it resembles',
    (name) => {
      const { name: read, envTag } = seen({ name, envs: [{ key: 'NOVITAI_TAG', value: name }] });
      for (const text of [read, envTag]) expect(text?.examine((exactly) => exactly === 'nvt-1')).toBe(false);
    },
  );

  it('needs no more than id and status', () => {
    expect(inWords(decodeMachine({ id: 'a1', status: 'pulling' }))).toEqual({
      machineId: 'a1',
      name: '',
      envTag: null,
      state: 'pulling',
      statusWord: 'pulling',
      failure: null,
      make: {
        productId: null,
        productName: null,
        clusterId: null,
        clusterName: null,
        gpuNum: null,
        billingMode: null,
        image: null,
        rootfsSizeGb: null,
      },
      content: '[content of a machine]',
      endpoints: [],
      startedAt: null,
      spot: null,
      access: {
        sshCommand: null,
        sshPassword: null,
        webTerminal: null,
        jupyterUrl: null,
        logs: { system: null, instance: null },
      },
    });
  });

  it.each([
    [undefined],
    [null],
    [''],
    [[]],
    [{}],
    [{ instance: null }],
    [{ id: 'a1' }],
    [{ status: 'running' }],
    [{ id: '', status: 'running' }],
    [{ id: 'a b', status: 'running' }],
    [{ id: 1.5, status: 'running' }],
    [{ id: 'a1', status: '' }],
    [{ id: 'a1', status: 7 }],
  ])('does not read %j', (body) => {
    expect(decodeMachine(body)).toBeNull();
    expect(decodeListedMachine(body)).toBeNull();
  });

  it('stands null and nonsense in every other field', () => {
    const fields = [
      'name',
      'clusterId',
      'clusterName',
      'productId',
      'productName',
      'gpuNum',
      'billingMode',
      'imageUrl',
      'rootfsSize',
      'portMappings',
      'statusError',
      'envs',
      'spotStatus',
      'spotReclaimTime',
      'node',
      'network',
    ];
    const bare = decodeMachine({ id: 'a1', status: 'pulling' });
    for (const nonsense of [null, 7, true, {}, [], [null, 7, 'x', [], {}], { a: [] }]) {
      const body = Object.fromEntries(fields.map((name) => [name, nonsense]));
      const decoded = decodeMachine({ ...body, id: 'a1', status: 'pulling' });
      // 7 is a number of GPUs, and may be an id
      const make = { ...decoded?.make, clusterId: null, productId: null, gpuNum: null, rootfsSizeGb: null };
      expect({ ...decoded, make, spot: null }).toEqual(bare);
    }
  });

  it('finds the tag among the envs, and only under its own name', () => {
    const { envTag } = seen({ envs: [{ key: 'A', value: 'x' }, null, { key: 'NOVITAI_TAG', value: 'nvt-1' }] });
    expect(inWords(envTag)).toBe('nvt-1');
    expect(seen({ envs: [{ key: 'novitai_tag', value: 'nvt-1' }] }).envTag).toBeNull();
    expect(seen({ envs: null }).envTag).toBeNull();
  });

  it('shows secrets after a look by id and never from a list', () => {
    const row = machine({
      connectComponentSSH: { sshCommand: 'ssh -p 22 root@host', password: 'p' },
      sshPassword: 'q',
    });
    expect(decodeMachine(row)?.access).toMatchObject({ sshCommand: 'ssh -p 22 root@host', sshPassword: 'p' });
    expect(decodeListedMachine(row)?.access).toBeNull();
    expect(JSON.stringify(decodeListedMachine(row))).not.toMatch(/"[pq]"/);
  });

  it('cleans and caps what people will read', () => {
    const { failure, name } = seen({
      name: 'a\u001b[31mb\u202ec\ud800d',
      statusError: { state: 'Pull\u0000Failed', message: `${'é'.repeat(299)}😀😀` },
    });
    expect(inWords(name)).toBe('a [31mb c d');
    expect(inWords(failure)).toEqual({ code: 'Pull Failed', message: `${'é'.repeat(299)}😀` });
  });

  it.each([
    [null, null],
    [{ state: '', message: '' }, null],
    [
      { state: 'X', message: '' },
      { code: 'X', message: '' },
    ],
    [
      { state: '', message: 'no room' },
      { code: 'UNNAMED', message: 'no room' },
    ],
  ])('reads the failure %j', (statusError, failure) => {
    expect(inWords(seen({ statusError }).failure)).toEqual(failure);
  });
});

describe('reading the spot side of a machine', () => {
  const at = new Date(1_767_236_400_000);
  it.each([
    [{ spotStatus: '', spotReclaimTime: '0' }, null],
    [{ spotStatus: '', spotReclaimTime: '1767236400' }, null],
    [
      { spotStatus: 'running', spotReclaimTime: '0' },
      { state: 'running', reclaimAt: null },
    ],
    [
      { spotStatus: 'notified', spotReclaimTime: '0' },
      { state: 'notified', reclaimAt: null },
    ],
    [
      { spotStatus: 'notified', spotReclaimTime: 1767236400 },
      { state: 'notified', reclaimAt: at },
    ],
    [
      { spotStatus: 'reclaiming', spotReclaimTime: '1767236400' },
      { state: 'reclaiming', reclaimAt: at },
    ],
    [{ spotStatus: 'terminated' }, { state: 'terminated', reclaimAt: null }],
    [
      { spotStatus: 'reclaimed', spotReclaimTime: '1767236400' },
      { state: 'terminated', reclaimAt: at },
    ],
    [{}, null],
    [{ spotReclaimTime: '0' }, null],
    [{ spotReclaimTime: '1767236400' }, { state: 'reclaiming', reclaimAt: at }],
    [
      { spotReclaimTime: '1767236400', status: 'exited' },
      { state: 'terminated', reclaimAt: at },
    ],
    [
      { spotStatus: 'active', spotReclaimTime: '0' },
      { state: 'running', reclaimAt: null },
    ],
    [
      { spotStatus: 'new', spotReclaimTime: '1767236400', status: 'exited' },
      { state: 'terminated', reclaimAt: at },
    ],
    [
      { spotStatus: 'notified', spotReclaimTime: '-1' },
      { state: 'notified', reclaimAt: null },
    ],
    [
      { spotStatus: 'notified', spotReclaimTime: 'soon' },
      { state: 'notified', reclaimAt: null },
    ],
  ])('reads %j', (fields, spot) => {
    expect(seen(fields).spot).toEqual(spot);
  });
});

describe('reading endpoints', () => {
  it.each([
    ['http', 'https://a1-80.us-ca-6.gpu-instance.novita.ai', true],
    ['http', 'http://10.0.0.1:8080/path', true],
    ['http', '', false],
    ['http', 'proxy.novita.ai:31022', false],
    ['http', 'javascript:alert(1)', false],
    ['http', 'file:///etc/passwd', false],
    ['http', 'https://user:secret@host/', false],
    ['http', 'https://host/\nSet-Cookie: x', false],
    ['http', 'https://ho st/', false],
    ['http', `https://host/${'a'.repeat(2000)}`, false],
    ['http', 'https://', false],
    ['http', null, false],
    ['tcp', 'proxy.us-ca-6.gpu-instance.novita.ai:31022', true],
    ['tcp', '10.0.0.1:22', true],
    ['tcp', '[2001:db8::1]:22', true],
    ['tcp', '', false],
    ['tcp', 'host', false],
    ['tcp', 'host:0', false],
    ['tcp', 'host:65536', false],
    ['tcp', 'host:22; rm -rf /', false],
    ['tcp', 'https://host:22', false],
  ])('trusts the %s address %j: %s', (type, endpoint, trusted) => {
    expect(addressOf(type, endpoint)).toBe(trusted ? endpoint : null);
  });

  it('takes the scheme from a tcp address', () => {
    expect(addressOf('tcp', 'tcp://host:22')).toBe('host:22');
  });

  it('leaves out ports that are none and types it does not know', () => {
    const portMappings = [
      { port: '8188', type: 'http', endpoint: '' },
      { port: 0, type: 'http' },
      { port: 70_000, type: 'tcp' },
      { port: 53, type: 'udp', endpoint: 'host:53' },
      { type: 'http' },
      null,
    ];
    expect(seen({ portMappings }).endpoints).toEqual([{ port: 8188, protocol: 'http', address: null }]);
  });
});

describe('reading access', () => {
  it.each([
    ['ssh -p 32787 root@proxy.us-ca-6.gpu-instance.novita.ai', true],
    ['ssh root@host -p 22 -i ~/.ssh/id_ed25519', true],
    ['', false],
    ['rm -rf /', false],
    ['ssh root@host; curl evil', false],
    ['ssh root@host $(id)', false],
    ['ssh -oProxyCommand=evil root@host', false],
    ['ssh -o ProxyCommand root@host', false],
    ['ssh -vo x root@host', false],
    ['ssh -F conf root@host', false],
  ])('offers %j: %s', (sshCommand, offered) => {
    expect(access({ connectComponentSSH: { sshCommand } })?.sshCommand).toBe(offered ? sshCommand : null);
  });

  it('reads the older fields when the newer ones hold nothing', () => {
    const older = { sshCommand: 'ssh -p 22 root@host', sshPassword: 'old' };
    expect(access({ ...older, connectComponentSSH: null })).toMatchObject(older);
    expect(access({ ...older, connectComponentSSH: { sshCommand: '', password: '' } })).toMatchObject(older);
  });

  it('gives a password whole or not at all', () => {
    expect(access({ sshPassword: ' p w ' })?.sshPassword).toBe(' p w ');
    expect(access({ sshPassword: 'p\nw' })?.sshPassword).toBeNull();
    expect(access({ sshPassword: 'p'.repeat(1025) })?.sshPassword).toBeNull();
  });
});
