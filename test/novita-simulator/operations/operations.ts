import { BILLING_OPERATIONS } from './billing.operations.js';
import { INSTANCE_CHANGE_OPERATIONS } from './instance-change.operations.js';
import { INSTANCE_OPERATIONS } from './instance.operations.js';
import { JOB_OPERATIONS } from './job.operations.js';
import { METRICS_OPERATIONS } from './metrics.operations.js';
import { NETWORK_STORAGE_OPERATIONS } from './network-storage.operations.js';
import type { Base, Operation } from './operation.js';
import { PREWARM_OPERATIONS } from './prewarm.operations.js';
import { PRODUCT_OPERATIONS } from './product.operations.js';
import { REGISTRY_AUTH_OPERATIONS } from './registry-auth.operations.js';
import { TEMPLATE_OPERATIONS } from './template.operations.js';

/** Every endpoint of the simulator. Other endpoints of the contract are answered as unknown routes. */
export const OPERATIONS: readonly Operation[] = [
  ...INSTANCE_OPERATIONS,
  ...INSTANCE_CHANGE_OPERATIONS,
  ...PRODUCT_OPERATIONS,
  ...TEMPLATE_OPERATIONS,
  ...REGISTRY_AUTH_OPERATIONS,
  ...NETWORK_STORAGE_OPERATIONS,
  ...PREWARM_OPERATIONS,
  ...JOB_OPERATIONS,
  ...METRICS_OPERATIONS,
  ...BILLING_OPERATIONS,
];

const BY_PLACE = new Map(
  OPERATIONS.map((operation) => [placeOf(operation.base, operation.method, operation.path), operation]),
);

export function findOperation(base: Base, method: string, path: string): Operation | undefined {
  return BY_PLACE.get(placeOf(base, method.toLowerCase(), path));
}

function placeOf(base: Base, method: string, path: string): string {
  return `${base} ${method} ${path}`;
}
