import { plantedIn } from './suite-mutant.js';

const DEPLOYMENT = 'test/integration/deployment.test.ts';
const SEALING = 'src/secrets/sealing.test.ts';

export const SECRETS_MUTANTS = plantedIn(
  'src/secrets',
  [
    'another deployment secret is taken',
    'deployment.ts',
    '} else if (fingerprint !== row.secret_fingerprint) {',
    '} else if (fingerprint === null) {',
    DEPLOYMENT,
  ],
  [
    'the secret that the operator keeps is kept in the database too',
    'deployment.ts',
    'secret: made,',
    'secret: made ?? given,',
    DEPLOYMENT,
  ],
  [
    'a sealed text opens in another place',
    'sealing.ts',
    "    cipher.setAAD(Buffer.from(place, 'utf8'));\n",
    '',
    SEALING,
  ],
  [
    'each text is sealed with the same nonce',
    'sealing.ts',
    'const nonce = randomBytes(NONCE_BYTES);',
    'const nonce = Buffer.alloc(NONCE_BYTES);',
    SEALING,
  ],
  [
    'texts of an older secret do not open',
    'sealing.ts',
    '[this.current, ...(otherSecret === null ? [] : [keyOf(otherSecret)])]',
    '[this.current]',
    SEALING,
  ],
  [
    'a database changes its secret on the word of any second one',
    'deployment.ts',
    'fingerprintOf(other) === row.secret_fingerprint;',
    "fingerprintOf(other) !== '';",
    DEPLOYMENT,
  ],
  [
    'a secret that Novitai made stays in the database after it was changed',
    'deployment.ts',
    '.set({ secret: null, secret_fingerprint: to })',
    '.set({ secret_fingerprint: to })',
    DEPLOYMENT,
  ],
);
