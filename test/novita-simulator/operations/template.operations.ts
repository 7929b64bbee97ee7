import { ok, type Answer } from '../answer.js';
import type { SimulatedTemplate } from '../catalogue.js';
import { templateWire } from '../catalogue.wire.js';
import { Refusal } from '../refusal.js';
import type { World } from '../world.js';
import { contains, get, pageOf, post, word, type ApiRequest, type Operation } from './operation.js';

/** `TemplateInput` of the contract. */
interface Input {
  name: string;
  readme?: string;
  type: 'instance' | 'serverless';
  channel: 'private' | 'community';
  image: string;
  imageAuth?: string;
  startCommand?: string;
  entrypoint?: string;
  rootfsSize: number;
  ports?: { type?: string; ports?: number[] }[];
  envs?: { key?: string; value?: string }[];
  minCudaVersion?: string;
}

export const TEMPLATE_OPERATIONS: readonly Operation[] = [
  get('listTemplates', '/templates', listTemplates),
  get('getTemplate', '/template', (world, { query }) =>
    ok({ template: templateWire(known(world, query.get('templateId') ?? '')) }),
  ),
  post('createTemplate', '/template/create', (world, { template }: { template: Input }) => {
    const { catalogue, clock, ids } = world;
    const made = { ...fromInput(template), id: ids.decimal(catalogue.templates), createdAt: clock.now(), isOurs: true };
    catalogue.templates.push(made);
    return ok({ templateId: made.id });
  }),
  post('updateTemplate', '/template/update', (world, { template }: { template: Input & { Id: string } }) => {
    Object.assign(ours(world, template.Id), fromInput(template));
    return ok({ templateId: template.Id });
  }),
  post('deleteTemplate', '/template/delete', (world, { templateId }: { templateId: string }) => {
    const { templates } = world.catalogue;
    templates.splice(templates.indexOf(ours(world, templateId)), 1);
    return ok({ templateId });
  }),
];

function listTemplates(world: World, { query }: ApiRequest): Answer {
  const channels = (query.get('channel') ?? '').split(',').filter((channel) => channel !== '');
  const type = word(query, 'type') ?? 'instance';
  const found = world.catalogue.templates.filter(
    (template) =>
      contains(template.name, query.get('name')) &&
      (channels.length === 0 || channels.includes(template.channel)) &&
      (template.type ?? 'instance') === type,
  );
  const { page, ...echo } = pageOf(found, query, world);
  return ok({ template: page.map(templateWire), ...echo });
}

function known({ catalogue }: World, templateId: string): SimulatedTemplate {
  const found = catalogue.templates.find(({ id }) => id === templateId);
  if (found === undefined) throw new Refusal(400, 'TEMPLATE_NOT_FOUND', 'template not found');
  return found;
}

/** Templates of Novita and of other people can be read only. */
function ours(world: World, templateId: string): SimulatedTemplate {
  const found = known(world, templateId);
  if (found.isOurs !== true) throw new Refusal(400, 'NO_PERMISSION', 'the template belongs to another account');
  return found;
}

function fromInput(input: Input): Omit<SimulatedTemplate, 'id'> {
  const portsOf = (type: string) =>
    (input.ports ?? []).filter((group) => group.type === type).flatMap((group) => group.ports ?? []);
  return {
    name: input.name,
    readme: input.readme ?? '',
    type: input.type,
    channel: input.channel,
    image: input.image,
    imageAuthId: input.imageAuth ?? '',
    startCommand: input.startCommand ?? '',
    entrypoint: input.entrypoint ?? '',
    rootfsSize: input.rootfsSize,
    http: portsOf('http'),
    tcp: portsOf('tcp'),
    envs: (input.envs ?? []).map(({ key, value }) => ({ key: key ?? '', value: value ?? '' })),
    jupyter: false,
    minCudaVersion: input.minCudaVersion ?? '',
  };
}
