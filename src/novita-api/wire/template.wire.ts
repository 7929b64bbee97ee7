import type { Template } from '../novita-client.js';
import { isJsonObject, readCount, readId, readLine, readLines, readList, readPort } from './read-fields.js';

const README_CHARACTERS = 102_400;

export const templateId = (template: unknown): string | null =>
  isJsonObject(template) ? readId(template.Id ?? template.id) : null;

/** Decodes a template, bare or as `{"template": {…}}`. Null when what it would run cannot be read exactly. */
export function decodeTemplate(body: unknown): Template | null {
  if (!isJsonObject(body)) return null;
  const template = isJsonObject(body.template) ? body.template : body;
  const id = templateId(template);
  const image = readWhole(template.image, 500);
  const command = readWhole(template.startCommand, 2047);
  const entrypoint = readWhole(template.entrypoint, 2047);
  const envs = readEnvs(template.envs);
  if (id === null || !image || command === undefined || entrypoint === undefined || envs === null) return null;
  return {
    templateId: id,
    name: readLine(template.name) ?? id,
    readme: readLines(template.readme, README_CHARACTERS),
    channel: readLine(template.channel, 63) ?? '',
    image,
    registryAuthId: readId(template.imageAuth),
    command,
    entrypoint,
    rootfsSizeGb: readCount(template.rootfsSize) || null,
    ports: readList(template.ports).flatMap(readPortGroup),
    envs,
    minCudaVersion: readLine(template.minCudaVersion, 63),
  };
}

/** Text that a machine will run. It is never cut, since half a command is another command. Null: empty. Undefined: unusable. */
function readWhole(value: unknown, maxCharacters: number): string | null | undefined {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' || value.length > maxCharacters || value.includes('\0')) return undefined;
  return value;
}

function readEnvs(value: unknown): Template['envs'] | null {
  const envs: Template['envs'] = [];
  for (const env of readList(value)) {
    if (!isJsonObject(env)) return null;
    const key = readWhole(env.key, 511);
    const text = readWhole(env.value, 4095);
    if (!key || text === undefined) return null;
    envs.push({ key, value: text ?? '' });
  }
  return envs;
}

/** Novita groups ports by type. A create cannot ask for UDP, so UDP is omitted. */
function readPortGroup(group: unknown): Template['ports'] {
  if (!isJsonObject(group) || (group.type !== 'http' && group.type !== 'tcp')) return [];
  const protocol = group.type;
  return readList(group.ports)
    .map(readPort)
    .filter((port) => port !== null)
    .map((port) => ({ port, protocol }));
}
