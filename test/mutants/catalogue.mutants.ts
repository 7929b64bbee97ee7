import { plantedIn } from './suite-mutant.js';

const CATALOGUE = 'src/catalogue/catalogue.test.ts';
const MATCHING = 'src/catalogue/domain/matching.test.ts';
const VIEW = 'src/catalogue/api/catalogue.view.test.ts';
const OFFERS = 'src/catalogue/domain/offers.test.ts';

const MEMORY = 'src/catalogue/domain/offer-memory.test.ts';

export const CATALOGUE_MUTANTS = plantedIn(
  'src/catalogue',
  [
    'an offer of another billing mode is remembered with its namesake',
    'domain/offer-memory.ts',
    '|${billingMode}`',
    '`',
    'src/placement/choose-offer.worlds.test.ts',
  ],
  [
    'what was learned is never forgotten',
    'domain/offer-memory.ts',
    'secondsBetween(then, now)) / HALF_LIFE_SECONDS',
    'secondsBetween(then, now)) / 1e12',
    MEMORY,
  ],
  [
    'an accepted create leaves the offer out of stock',
    'domain/offer-memory.ts',
    'successes: memory.successes + 1, outOfStockUntil: null',
    'successes: memory.successes + 1',
    MEMORY,
  ],
  [
    'the last time alone is remembered',
    'domain/offer-memory.ts',
    '(mean * weight + seconds) / (weight + 1)',
    'seconds + mean * 0 * weight',
    MEMORY,
  ],
  [
    'a filter by the price of the machine looks at one GPU',
    'api/catalogue.view.ts',
    'offer.pricePerGpuHour * gpuNum <= most',
    'offer.pricePerGpuHour <= most',
    VIEW,
  ],
  [
    'a part of a word names a product',
    'domain/matching.ts',
    'words.every((word, at) => word === name[at])',
    'words.every((word, at) => name[at]?.startsWith(word))',
    MATCHING,
  ],
  [
    'words in the middle of a name name the product',
    'domain/matching.ts',
    'words.every((word, at) => word === name[at])',
    'words.every((word) => name.includes(word))',
    MATCHING,
  ],
  [
    'a region is named in one spelling only',
    'domain/matching.ts',
    'return word === region.regionId.toLowerCase() || word === name ||',
    'return word === region.regionId || word === name ||',
    MATCHING,
  ],
  [
    'a product of no named region is sold nowhere',
    'domain/offers.ts',
    'if (regionNames.length === 0) return clusters;',
    'if (regionNames.length === 0) return [];',
    OFFERS,
  ],
  [
    'a product that is not sold by this mode is offered by it',
    'domain/offers.ts',
    'if (pricePerGpuHour === null || !product.billingModes.includes(billingMode)) return [];',
    'if (pricePerGpuHour === null) return [];',
    OFFERS,
  ],
  [
    'an answer that lists nothing for sale is believed',
    'catalogue.ts',
    "if (offers.length === 0) throw new NovitaUnavailable('unreadable', 'Novita lists nothing for sale');",
    '',
    CATALOGUE,
  ],
  [
    'the last answer is dropped when Novita is down',
    'catalogue.ts',
    'allowStaleOnFetchRejection: known !== undefined,',
    'allowStaleOnFetchRejection: false,',
    CATALOGUE,
  ],
  [
    'a missing template is believed as long as a found one',
    'catalogue.ts',
    'known?.template === null ? MISSING_SECONDS : Infinity',
    'Infinity',
    CATALOGUE,
  ],
  [
    'a changed list of registry credentials is not read again',
    'catalogue.ts',
    'changedAt === null ? Infinity : secondsBetween(changedAt, this.clock.now())',
    'Infinity',
    CATALOGUE,
  ],
  [
    'a credential that was there before is taken for the new one',
    'domain/saved-auth.ts',
    ' && !known.has(auth.registryAuthId)',
    '',
    'src/catalogue/domain/saved-auth.test.ts',
  ],
  ['spot offers are not asked for', 'catalogue.ts', "['onDemand', 'spot']", "['onDemand']", CATALOGUE],
  [
    'an answer is called a hit while it is renewed',
    'catalogue.ts',
    "> 0 ? 'hit' : 'stale'",
    "> 0 ? 'hit' : 'hit'",
    CATALOGUE,
  ],
  [
    'offers are sorted with the dearest first',
    'api/catalogue.view.ts',
    'a.pricePerGpuHour - b.pricePerGpuHour',
    'b.pricePerGpuHour - a.pricePerGpuHour',
    VIEW,
  ],
  [
    'the price of an instance is that of one GPU',
    'api/catalogue.view.ts',
    'toMoney(offer.pricePerGpuHour * gpuNum)',
    'toMoney(offer.pricePerGpuHour)',
    VIEW,
  ],
  [
    'values of template variables are shown',
    'api/catalogue.view.ts',
    'envKeys: envs.map(({ key }) => key),',
    'envKeys: envs.map(({ key, value }) => `${key}=${value}`),',
    VIEW,
  ],
);
