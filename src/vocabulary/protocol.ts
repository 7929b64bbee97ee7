/** How a port of a machine is reached. */
export type Protocol = 'http' | 'tcp';
