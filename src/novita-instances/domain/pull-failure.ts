import type { Observation } from '../../machines/domain/machine.js';

/**
 * Whether Novita says that an image could not be pulled. It documents no words for that, so the words of registries and container
 * runtimes are looked for. `final`: the image or its credentials are wrong, and every other machine would meet the same. `passing`: the
 * registry refuses for the moment, for example since too many pulls came from one address.
 */
export const pullFailureOf = ({ failure }: Pick<Observation, 'failure'>): 'final' | 'passing' | null => {
  if (!failure) return null;
  const said = `${failure.code} ${failure.message}`;
  if (!OF_PULL.test(said)) return null;
  return PASSING.test(said) ? 'passing' : 'final';
};

const OF_PULL =
  /pull.?image|image.?pull|pull(ing)?[ -]access|manifest|repository does not exist|invalid reference format/i;
const PASSING =
  /too.?many.?requests|\b429\b|rate.?limit|timed? ?out|timeout|try again|temporar|unavailable|\b50[0234]\b|is down|connection (refused|reset)|no such host/i;
