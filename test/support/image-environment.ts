import { readFileSync } from 'node:fs';

const NAMES = ['NODE_OPTIONS', 'MALLOC_ARENA_MAX'];

/** The memory options of Node in the image, for proofs whose figures should be those of production. */
export const imageEnvironment = (): Record<string, string> => {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  return Object.fromEntries(
    NAMES.map((name) => {
      const value = new RegExp(`^ENV ${name}=(\\S+)$`, 'm').exec(dockerfile)?.[1];
      if (value === undefined) throw new Error(`the Dockerfile sets no ${name}`);
      return [name, value];
    }),
  );
};
