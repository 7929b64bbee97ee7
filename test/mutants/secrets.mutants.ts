import { plantedIn } from './suite-mutant.js';

const DEPLOYMENT = 'test/integration/deployment.test.ts';
const COLUMNS = 'test/integration/sealed-columns.test.ts';
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
    '[own, ...(otherSecret === null ? [] : [keyOf(otherSecret)])]',
    '[own]',
    SEALING,
  ],
  [
    'the place of the secret in a ring is passed over',
    'sealing.ts',
    'const all: [Key, ...Key[]] = [...given,',
    'const all: [Key, ...Key[]] = [...given.filter((one) => one !== own),',
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
  [
    'the deployment secret seals although there is a ring',
    'sealing.ts',
    '[...given, ...ofSecrets]',
    '[...ofSecrets, ...given]',
    SEALING,
  ],
  [
    'a key of a ring replaces the key of a secret with the same id',
    'sealing.ts',
    'if (taken) throw',
    'if (taken && ring.length === 0) throw',
    SEALING,
  ],
  [
    'a text that a replica wrote meanwhile is written over',
    'sealed-columns.ts',
    ' AND ${sql.ref(column)} = ${old.sealed}`',
    '`',
    COLUMNS,
  ],
  [
    'rotation ends with the first page',
    'sealed-columns.ts',
    'if (page.length < ROWS_AT_ONCE) return soFar;',
    'if (page.length <= ROWS_AT_ONCE) return soFar;',
    COLUMNS,
  ],
  [
    'rotation ends with the first text that no key opens',
    'sealed-columns.ts',
    '        soFar.unreadable++;',
    '        return { ...soFar, unreadable: soFar.unreadable + 1 };',
    COLUMNS,
  ],
  [
    'rotation goes on when it is stopped',
    'sealed-columns.ts',
    'if (signal.aborted) return soFar;',
    'if (signal.aborted && soFar.resealed === 0) return soFar;',
    COLUMNS,
  ],
  [
    'texts of a missing key are not counted',
    'sealed-columns.ts',
    'unnest(${knownPrefixes}::text[])',
    "unnest(${knownPrefixes}::text[] || 's1.'::text)",
    COLUMNS,
  ],
);
