import type { EnvVar, InstanceSpec, Port, ProbeSpec } from '../domain/instance.js';
import { DEFAULT_READINESS } from '../domain/readiness.js';

/**
 * What was asked for, as it was stored, by whatever release. Promises that every list holds only what the type says: earlier
 * releases took `region: null` and lists in lists, stored what was left of them, and threw at every look at it.
 */
export const reviveSpec = (json: object, envs: unknown): InstanceSpec => {
  const spec = json as InstanceSpec;
  const stored: Partial<InstanceSpec> = spec;
  return {
    ...spec,
    regions: listOf(stored.regions).filter((region) => typeof region === 'string'),
    ports: stored.ports ? listOf(stored.ports).filter(isPort) : null,
    envs: listOf(envs).filter(isEnvVar),
    labels: stored.labels ?? {},
    readiness: { ...DEFAULT_READINESS, ...stored.readiness, probes: reviveProbes(stored.readiness?.probes) },
    onAmbiguous: stored.onAmbiguous ?? 'wait',
  };
};

/** None that can be asked is none that was asked for; an empty list was, and asks nothing. */
const reviveProbes = (stored: unknown): ProbeSpec[] | null => {
  if (!Array.isArray(stored)) return null;
  const probes = stored.filter(isProbe);
  return probes.length > 0 || stored.length === 0 ? probes : null;
};

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const isPort = (value: unknown): value is Port =>
  isRecord(value) && typeof value['port'] === 'number' && typeof value['protocol'] === 'string';

const isEnvVar = (value: unknown): value is EnvVar =>
  isRecord(value) && typeof value['key'] === 'string' && typeof value['value'] === 'string';

const isProbe = (value: unknown): value is ProbeSpec =>
  isRecord(value) && typeof value['port'] === 'number' && typeof value['type'] === 'string';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
