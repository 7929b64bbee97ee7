import type { CreateMachine } from '../novita-client.js';
import { isJsonObject, type JsonObject, parseJson } from './read-fields.js';

/** The body of `POST /gpu/instance/create`. Never `month`: a prepaid machine is not undone by a delete. */
export function encodeCreate(wish: CreateMachine): JsonObject {
  return {
    name: wish.name,
    productId: wish.productId,
    clusterId: wish.clusterId,
    gpuNum: wish.gpuNum,
    rootfsSize: wish.rootfsSizeGb,
    imageUrl: wish.image,
    ...(wish.registryAuthId === null ? {} : { imageAuthId: wish.registryAuthId }),
    ports: wish.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(', '),
    envs: wish.envs.map(({ key, value }) => ({ key, value })),
    ...(wish.command === null ? {} : { command: wish.command }),
    ...(wish.entrypoint === null ? {} : { entrypoint: wish.entrypoint }),
    kind: 'gpu',
    billingMode: wish.billingMode,
    ...(wish.minCudaVersion === null ? {} : { minCudaVersion: wish.minCudaVersion }),
  };
}

/**
 * The id in the answer to a create; null unless it is a JSON object with exactly one `id` of the right shape. Stricter than
 * other readers: a wrong id would be followed as ours, and a refused one is found again by its tag.
 */
export function decodeCreatedId(body: string, contentType: string | null): string | null {
  if (contentType !== null && !/\bjson\b/i.test(contentType)) return null;
  if ((body.match(/"id"\s*:/g) ?? []).length !== 1) return null;
  const parsed = parseJson(body);
  if (!isJsonObject(parsed) || typeof parsed.id !== 'string') return null;
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/.test(parsed.id) ? parsed.id : null;
}
