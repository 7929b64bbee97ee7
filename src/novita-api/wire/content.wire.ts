import type { EditMachine, UpgradeMachine } from '../novita-client.js';
import { ShownContent, type VolumeMount } from '../machine-content.js';
import { isJsonObject, type JsonObject, readCount, readId, readList, readPort } from './read-fields.js';

/** What an answer shows of the content of a machine. */
export const readContent = (machine: JsonObject): ShownContent =>
  new ShownContent(
    {
      image: textOf(machine.imageUrl) || undefined,
      registryAuthId: textOf(machine.imageAuthId),
      command: textOf(machine.command),
      entrypoint: textOf(machine.entrypoint),
      envs: machine.envs === undefined ? undefined : readList(machine.envs).flatMap(readEnv),
      ports: machine.portMappings === undefined ? undefined : readList(machine.portMappings).flatMap(readOpenPort),
      rootfsSizeGb: readCount(machine.rootfsSize) ?? undefined,
    },
    machine.volumeMounts === undefined ? null : readList(machine.volumeMounts).flatMap(readMount),
  );

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const readEnv = (env: unknown): { key: string; value: string }[] =>
  isJsonObject(env) && typeof env.key === 'string' ? [{ key: env.key, value: textOf(env.value) ?? '' }] : [];

const readOpenPort = (mapping: unknown): { port: number; protocol: 'http' | 'tcp' }[] => {
  const port = isJsonObject(mapping) ? readPort(mapping.port) : null;
  if (port === null || !isJsonObject(mapping)) return [];
  return mapping.type === 'http' || mapping.type === 'tcp' ? [{ port, protocol: mapping.type }] : [];
};

const readMount = (mount: unknown): VolumeMount[] => {
  if (!isJsonObject(mount)) return [];
  const volumeId = readId(mount.id);
  return volumeId === null || volumeId === '' ? [] : [{ volumeId, mountPath: textOf(mount.mountPath) ?? '/network' }];
};

/** The body of `POST /gpu/instance/edit`. Ports that are not given stay. */
export const encodeEdit = ({ machineId, ports, expandRootDiskGb }: EditMachine): JsonObject => ({
  instanceId: machineId,
  ...(ports && { ports: ports.map(({ port, protocol }) => ({ port, type: protocol })) }),
  expandRootDisk: expandRootDiskGb,
});

/** The body of `POST /gpu/instance/upgrade`. Novita wipes what is left out, so everything is sent. */
export const encodeUpgrade = (request: UpgradeMachine): JsonObject => ({
  instanceId: request.machineId,
  imageUrl: request.image,
  imageAuthId: request.registryAuthId ?? '',
  envs: request.envs.map(({ key, value }) => ({ key, value })),
  command: request.command ?? '',
  entrypoint: request.entrypoint ?? '',
  save: true,
  networkVolume: {
    volumeMounts: request.volumeMounts.map(({ volumeId, mountPath }) => ({ type: 'network', id: volumeId, mountPath })),
  },
});
