import { readFileSync } from 'node:fs';

/** What the image tells every Node in it: for proofs whose figures are to be those of production. */
export const imageNodeOptions = (): string => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const options = /^ENV NODE_OPTIONS=(\S+)$/m.exec(dockerfile)?.[1];
  if (options === undefined) throw new Error('the Dockerfile sets no NODE_OPTIONS');
  return options;
};
