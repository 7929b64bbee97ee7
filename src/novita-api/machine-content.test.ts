import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { MachineContent } from './machine-content.js';
import { encodeEdit, encodeUpgrade, readContent } from './wire/content.wire.js';

const SHOWN = {
  imageUrl: 'example/image:1',
  imageAuthId: '',
  command: 'serve',
  entrypoint: '',
  envs: [
    { key: 'A', value: 'value-of-a' },
    { key: 'B', value: 'value-of-b' },
  ],
  portMappings: [{ port: 8188, type: 'http', endpoint: '' }],
  rootfsSize: 60,
  volumeMounts: [{ type: 'network', size: 50, id: 'vol-1', mountPath: '/network' }],
};
const WANTED: MachineContent = {
  image: 'example/image:1',
  registryAuthId: null,
  command: 'serve',
  entrypoint: null,
  envs: [
    { key: 'B', value: 'value-of-b' },
    { key: 'A', value: 'value-of-a' },
  ],
  ports: [{ port: 8188, protocol: 'http' }],
  rootfsSizeGb: 60,
};
const differing = (wanted: Partial<MachineContent>, shown: object = {}) =>
  readContent({ ...SHOWN, ...shown }).differingFrom({ ...WANTED, ...wanted });

describe('the content of a machine', () => {
  it('is as wanted whatever the order, and whatever stands for nothing', () => {
    expect(differing({})).toEqual([]);
    expect(differing({ command: null }, { command: '' })).toEqual([]);
    expect(differing({ envs: [] }, { envs: null })).toEqual([]);
  });

  it.each<[string, Partial<MachineContent>]>([
    ['image', { image: 'example/image:2' }],
    ['command', { command: null }],
    ['envs', { envs: [{ key: 'A', value: 'another' }] }],
    ['ports', { ports: [{ port: 8188, protocol: 'tcp' }] }],
    ['rootfsSizeGb', { rootfsSizeGb: 61 }],
    ['registryAuthId', { registryAuthId: '7' }],
  ])('differs in %s', (field, wanted) => {
    expect(differing(wanted)).toEqual([field]);
  });

  it('does not differ by a larger disk, nor by what Novita does not show', () => {
    expect(differing({ rootfsSizeGb: 50 })).toEqual([]);
    expect(differing({ command: 'other' }, { command: undefined })).toEqual([]);
    expect(differing({ ports: [] }, { portMappings: undefined })).toEqual([]);
  });

  it('is never printed or written', () => {
    const content = readContent(SHOWN);
    expect(JSON.stringify({ content }) + inspect(content, { depth: 9 })).not.toContain('value-of-a');
  });
});

describe('a request that changes it', () => {
  it('sends what is added to the disk, and ports only when they change', () => {
    expect(encodeEdit({ machineId: 'm1', ports: null, expandRootDiskGb: 20 })).toEqual({
      instanceId: 'm1',
      expandRootDisk: 20,
    });
    expect(encodeEdit({ machineId: 'm1', ports: WANTED.ports, expandRootDiskGb: 0 })).toEqual({
      instanceId: 'm1',
      ports: [{ port: 8188, type: 'http' }],
      expandRootDisk: 0,
    });
  });

  it('sends everything in an upgrade, keeps the disk, and leaves network volumes where they are', () => {
    const volumeMounts = readContent(SHOWN).volumeMounts ?? [];
    expect(encodeUpgrade({ ...WANTED, machineId: 'm1', volumeMounts })).toEqual({
      instanceId: 'm1',
      imageUrl: 'example/image:1',
      imageAuthId: '',
      envs: WANTED.envs,
      command: 'serve',
      entrypoint: '',
      save: true,
      networkVolume: { volumeMounts: [{ type: 'network', id: 'vol-1', mountPath: '/network' }] },
    });
  });
});
