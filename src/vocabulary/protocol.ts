import { namedWords } from './named-words.js';

/** How a port of a machine is reached. */
export const PROTOCOLS = ['http', 'tcp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export const PORT_PROTOCOL = namedWords(
  'PortProtocol',
  PROTOCOLS,
  "How a port is reached: `http` through Novita's HTTPS proxy, `tcp` by host and port.",
  'http',
);
