import { fieldsOf } from '../../database/read-json.js';
import { codecOf } from '../../database/stored-json.js';
import { SpecShape } from '../domain/instance-spec.js';

/**
 * A spec as earlier releases stored it: they took `region: null` and lists in lists, and stored what was left of them. What no list
 * may hold is left out; what was always there and is missing means damage.
 */
const upgradeSpec = (json: unknown): unknown => {
  const spec = fieldsOf(json);
  const readiness = spec['readiness'] ?? {};
  return {
    ...NOT_GIVEN,
    ...spec,
    regions: onlyIf(isText, spec['regions'] ?? []),
    ports: onlyIf(isPort, spec['ports'] ?? null),
    labels: spec['labels'] ?? {},
    billingMode: spec['billingMode'] ?? 'onDemand',
    readiness: isRecord(readiness) ? { ...readiness, probes: upgradeProbes(readiness['probes'] ?? null) } : readiness,
  };
};

const NOT_GIVEN = {
  templateId: null,
  image: null,
  command: null,
  registryAuthId: null,
  rootfsSizeGb: null,
  maxPricePerGpuHour: null,
};

/** No probe that can be asked means that none was given; an empty list was given, and asks nothing. */
const upgradeProbes = (stored: unknown): unknown => {
  if (!Array.isArray(stored)) return stored;
  const probes: unknown[] = stored.filter(isProbe);
  return probes.length > 0 || stored.length === 0 ? probes : null;
};

const onlyIf = (fits: (value: unknown) => boolean, value: unknown): unknown =>
  Array.isArray(value) ? value.filter(fits) : value;

const isText = (value: unknown): boolean => typeof value === 'string';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPort = (value: unknown): boolean =>
  isRecord(value) && typeof value['port'] === 'number' && typeof value['protocol'] === 'string';

const isProbe = (value: unknown): boolean =>
  isRecord(value) && typeof value['port'] === 'number' && typeof value['type'] === 'string';

export const SPEC_CODEC = codecOf(SpecShape, upgradeSpec);
