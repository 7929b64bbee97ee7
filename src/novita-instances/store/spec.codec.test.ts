import { describe, expect, it } from 'vitest';
import { aSpec } from '../../../test/support/snapshot-builder.js';
import { DEFAULT_READINESS } from '../domain/instance-spec.js';
import { SPEC_CODEC } from './spec.codec.js';

const { envs: _envs, ...STORED } = aSpec();

/** What is left of a field after it was stored as JSON. */
const stored = (changes: object): object => JSON.parse(JSON.stringify({ ...STORED, ...changes })) as object;

describe('what was asked for, as earlier releases stored it', () => {
  it('is read as it is when it is whole', () => {
    const spec = aSpec({
      ports: [{ port: 80, protocol: 'http' }],
      regions: ['us-ca-6'],
    });
    expect(SPEC_CODEC.decode(stored({ ...spec, envs: undefined }))).toEqual({ ...spec, envs: undefined });
  });

  it.each<[string, object, object]>([
    ['region: null', { regions: [null] }, { regions: [] }],
    ['ports: [[]]', { ports: [{}] }, { ports: [] }],
    ['readiness.probes: [[]]', { readiness: { ...DEFAULT_READINESS, probes: [{}] } }, { readiness: DEFAULT_READINESS }],
    ['no readiness', { readiness: undefined }, { readiness: DEFAULT_READINESS }],
    ['no onAmbiguous', { onAmbiguous: undefined }, { onAmbiguous: 'wait' }],
  ])('%s is read as not given', (_what, json, expected) => {
    expect(SPEC_CODEC.decode(stored(json))).toMatchObject(expected);
  });

  it('a list of no probes asks nothing, as was asked for', () => {
    const json = stored({ readiness: { ...DEFAULT_READINESS, probes: [] } });
    expect(SPEC_CODEC.decode(json)?.readiness.probes).toEqual([]);
  });
});
