import type { CreateMachine } from '../novita-client.js';
import { isJsonObject, type JsonObject, parseJson } from './read-fields.js';

/** The body of `POST /gpu/instance/create`. `month` is never sent: a delete does not refund a prepaid machine. */
export function encodeCreate(request: CreateMachine): JsonObject {
  return {
    name: request.name,
    productId: request.productId,
    clusterId: request.clusterId,
    gpuNum: request.gpuNum,
    rootfsSize: request.rootfsSizeGb,
    imageUrl: request.image,
    ...(request.registryAuthId === null ? {} : { imageAuthId: request.registryAuthId }),
    ports: request.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(', '),
    envs: request.envs.map(({ key, value }) => ({ key, value })),
    ...(request.volumes.length > 0 && {
      networkStorages: request.volumes.map(({ id, mountPath }) => ({ Id: id, mountPoint: mountPath })),
    }),
    ...(request.command === null ? {} : { command: request.command }),
    ...(request.entrypoint === null ? {} : { entrypoint: request.entrypoint }),
    kind: 'gpu',
    billingMode: request.billingMode,
    ...(request.minCudaVersion === null ? {} : { minCudaVersion: request.minCudaVersion }),
  };
}

/**
 * The id in the answer to a create, or null unless the answer is a JSON object with exactly one well-formed `id`. Stricter than other
 * readers: a wrong id would be treated as this machine's, while a machine without an id is found again by its tag.
 */
export function decodeCreatedId(body: string, contentType: string | null): string | null {
  if (contentType !== null && !/\bjson\b/i.test(contentType)) return null;
  if ((body.match(/"id"\s*:/g) ?? []).length !== 1) return null;
  const parsed = parseJson(body);
  if (!isJsonObject(parsed) || typeof parsed.id !== 'string') return null;
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/.test(parsed.id) ? parsed.id : null;
}
