import { ok, type Answer } from '../answer.js';
import { Contract } from '../contract.js';
import { readCreateBody } from '../create-body.js';
import { instanceDetail, instanceSummary } from '../instance.wire.js';
import type { Move } from '../lifecycle.js';
import { Refusal } from '../refusal.js';
import type { RequestKind } from '../request-log.js';
import { isGone, knownMachine, refuseBeyondAccount, wireContext, type World } from '../world.js';
import { contains, get, invalid, pageOf, type ApiRequest, type Operation } from './operation.js';

/** Bodies of actions are read less strictly than the contract, as by Novita: only the id counts. */
const action = (id: string, kind: RequestKind, act: Operation['act']): Operation => ({
  id: `${id}Instance`,
  path: `/gpu/instance/${id}`,
  base: 'gpu',
  method: 'post',
  kind,
  act,
});

export const INSTANCE_OPERATIONS: readonly Operation[] = [
  action('create', 'create', createInstance),
  action('start', 'other', (world, request) => act(world, request, 'start')),
  action('stop', 'release', (world, request) => act(world, request, 'stop')),
  action('restart', 'other', (world, request) => act(world, request, 'restart')),
  action('delete', 'release', deleteInstance),
  get('getInstance', '/gpu/instance', getInstance),
  get('listInstances', '/gpu/instances', listInstances),
];

const CREATE = '/components/schemas/CreateInstanceRequest';

function createInstance(world: World, { body }: ApiRequest): Answer {
  const request = readCreateBody(body, world, (given) => Contract.load().schemaError(CREATE, given));
  refuseBeyondAccount(world, request);
  return ok({ id: world.fleet.create(request).id });
}

function act(world: World, request: ApiRequest, what: Move): Answer {
  const machine = knownMachine(world, instanceIdOf(request));
  world.fleet.act(machine, what);
  switch (world.switches.actionBody) {
    case 'instanceAndState':
      return ok({ instanceId: machine.id, state: machine.status });
    case 'emptyObject':
      return ok({});
    case 'noBody':
      return { status: 200, deliberate: true };
  }
}

function deleteInstance(world: World, request: ApiRequest): Answer {
  world.fleet.delete(knownMachine(world, instanceIdOf(request)));
  return world.switches.actionBody === 'noBody' ? { status: 200, deliberate: true } : ok({});
}

function getInstance(world: World, { query }: ApiRequest): Answer {
  const instanceId = query.get('instanceId') ?? '';
  if (instanceId === '') throw invalid('instanceId is required');
  const machine = knownMachine(world, instanceId);
  if (machine.status === 'removed') machine.deleteConfirmedAt ??= world.clock.now();
  const detail = instanceDetail(machine, wireContext(world, machine));
  return world.switches.instanceWrapping === 'bare'
    ? ok(detail)
    : { status: 200, body: { instance: detail }, deliberate: true };
}

function listInstances(world: World, { query, fault }: ApiRequest): Answer {
  const now = world.clock.now();
  const status = query.get('status') ?? '';
  const visible = [...world.fleet.machines.values()].filter(
    (machine) =>
      !isGone(machine, now) &&
      now - machine.createdAt >= (fault?.listLag ?? 0) &&
      !(fault?.hide ?? []).includes(machine.id) &&
      contains(machine.name, query.get('name')) &&
      contains(machine.productName, query.get('productName')) &&
      (status === '' || machine.status === status),
  );
  if (world.fleet.machines.size === 0 && world.switches.emptyList === '400') {
    throw new Refusal(400, 'RESOURCE_NOT_FOUND', 'container not found');
  }
  const ordered = world.switches.listOrder === 'random' ? shuffled(visible, world) : visible.reverse();
  const { page, ...echo } = pageOf(ordered, query, world);
  for (const machine of page) if (machine.status === 'removed') machine.deleteConfirmedAt ??= now;
  return ok({ instances: page.map((machine) => instanceSummary(machine, wireContext(world, machine))), ...echo });
}

function shuffled<T>(all: T[], { orders }: World): T[] {
  return all
    .map((each) => ({ each, place: orders.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ each }) => each);
}

function instanceIdOf({ body }: ApiRequest): string {
  const id = typeof body === 'object' && body !== null && 'instanceId' in body ? body.instanceId : undefined;
  if (typeof id === 'string' && id !== '' && id.length <= 255) return id;
  throw invalid('instanceId is required');
}
