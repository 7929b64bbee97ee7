import { namedWords } from './named-words.js';

/** How a port of a machine is probed for its workload. */
export const PROBE_TYPES = ['http', 'tcp', 'none'] as const;
export type ProbeType = (typeof PROBE_TYPES)[number];

export const PROBE_TYPE = namedWords(
  'ProbeType',
  PROBE_TYPES,
  '`http`: a GET is answered with an accepted status. `tcp`: a connection is accepted. `none`: the port is not asked.',
  'http',
);
