import { ok } from '../answer.js';
import { expectPorts, mountsOf, refuseImage } from '../create-body.js';
import type { PortRequest } from '../machine.js';
import { knownMachine, type World } from '../world.js';
import { invalid, post, type Operation } from './operation.js';

interface Edit {
  instanceId: string;
  ports?: PortRequest[];
  /** GB to add. */
  expandRootDisk?: number;
}

interface Upgrade {
  instanceId: string;
  imageUrl: string;
  imageAuthId?: string;
  envs: { key?: string; value?: string }[];
  command: string;
  entrypoint: string;
  save: boolean;
  networkVolume: { volumeMounts: { id: string; mountPath: string }[] };
}

interface AutoMigrate {
  instanceId: string;
  autoMigrateOpen: boolean;
  autoMigrateSystemDisk: boolean;
}

export const INSTANCE_CHANGE_OPERATIONS: readonly Operation[] = [
  post('migrateInstance', '/gpu/instance/migrate', migrate),
  post('editInstance', '/gpu/instance/edit', edit),
  post('upgradeInstance', '/gpu/instance/upgrade', upgrade),
  post('setAutoMigrate', '/gpu/instance/setAutoMigrate', (world, body: AutoMigrate) => {
    const machine = knownMachine(world, body.instanceId);
    world.fleet.expectAllowed(machine, 'setAutoMigrate');
    machine.autoMigrateOpen = body.autoMigrateOpen;
    machine.autoMigrateSystemDisk = body.autoMigrateOpen && body.autoMigrateSystemDisk;
    return ok({});
  }),
];

function migrate(world: World, { instanceId, saveData }: { instanceId: string; saveData?: boolean }) {
  const machine = knownMachine(world, instanceId);
  world.fleet.act(machine, 'migrate');
  world.jobs.open(machine.id, 'instanceMigrate', 0, null);
  if (saveData !== true) machine.diskGeneration += 1;
  return ok({});
}

/** Without a restart. What is asked for is the whole list of ports, and what is to be added to the disk. */
function edit(world: World, { instanceId, ports, expandRootDisk = 0 }: Edit) {
  const machine = knownMachine(world, instanceId);
  world.fleet.expectAllowed(machine, 'edit');
  const most = world.catalogue.products.find(({ id }) => id === machine.productId)?.maxRootFS ?? Infinity;
  if (machine.rootfsSize + expandRootDisk > most) throw invalid(`expandRootDisk: the disk may have at most ${most} GB`);
  if (ports !== undefined) {
    const complete = ports.filter(
      ({ port, type }) => (port as unknown) !== undefined && (type as unknown) !== undefined,
    );
    if (complete.length < ports.length) throw invalid('ports: each has a port and a type');
    expectPorts(complete);
    world.fleet.changePorts(machine, complete);
  }
  machine.rootfsSize += expandRootDisk;
  world.fleet.changed();
  return ok({});
}

/** A new container on the same node. All fields are sent: what is empty is wiped. */
function upgrade(world: World, body: Upgrade) {
  const machine = knownMachine(world, body.instanceId);
  world.fleet.expectAllowed(machine, 'upgrade');
  refuseImage(body, world.catalogue);
  const mounts = body.networkVolume.volumeMounts.map(({ id, mountPath }) => ({ Id: id, mountPoint: mountPath }));
  const networkStorages = mountsOf(mounts, world.holdings, machine.clusterId);
  world.fleet.act(machine, 'upgrade');
  Object.assign(machine, {
    imageUrl: body.imageUrl,
    imageAuthId: body.imageAuthId ?? '',
    envs: body.envs.map(({ key, value }) => ({ key: key ?? '', value: value ?? '' })),
    command: body.command,
    entrypoint: body.entrypoint,
    networkStorages,
    bootFailure: body.imageUrl.startsWith('broken/') ? { state: 'PullImageFailed', message: 'manifest unknown' } : null,
  });
  if (!body.save) machine.diskGeneration += 1;
  world.fleet.changed();
  return ok({});
}
