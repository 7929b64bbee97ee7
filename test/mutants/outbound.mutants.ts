import { plantedIn } from './suite-mutant.js';

const ADDRESS = 'src/outbound/public-address.test.ts';
const URLS = 'src/outbound/destination-url.test.ts';
const GUARD = 'test/integration/outbound-guard.test.ts';

export const OUTBOUND_MUTANTS = plantedIn(
  'src/outbound',
  ['addresses of no use yet are public', 'public-address.ts', "'2000::/3'", "'::/0'", ADDRESS],
  [
    "Azure's host is public",
    'public-address.ts',
    'address.toString() !== AZURE_HOST',
    "address.toString() !== ''",
    ADDRESS,
  ],
  [
    'an allowed range of one family allows addresses of the other',
    'public-address.ts',
    'address.kind() === network.kind() && ',
    '',
    ADDRESS,
  ],
  [
    'a name is judged by its first address',
    'guarded-connections.ts',
    'addresses?.every((address) => this.isAllowed(address))',
    'addresses?.slice(0, 1).every((address) => this.isAllowed(address))',
    GUARD,
  ],
  [
    'a refusal names the address',
    'guarded-connections.ts',
    'else callback(new Error(REFUSED), found, family);',
    'else callback(new Error(`${REFUSED}: ${JSON.stringify(found)}`), found, family);',
    GUARD,
  ],
  ['a user in a URL is taken', 'destination-url.ts', 'if (url.username || url.password ||', 'if (', URLS],
  [
    'a name with a dot at its end is taken',
    'destination-url.ts',
    "if (hostname.endsWith('.'))",
    "if (hostname.endsWith('..'))",
    URLS,
  ],
);
