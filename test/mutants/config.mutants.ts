import { plantedIn } from './suite-mutant.js';

const READ = 'src/config/read-environment.test.ts';
const LOAD = 'src/config/load-config.test.ts';
const SETTINGS = 'src/config/settings.test.ts';

export const CONFIG_MUTANTS = plantedIn(
  'src/config',
  [
    'a file is stronger than the environment',
    'read-environment.ts',
    '    ...readFiles(processEnvironment, folder, mistakes),\n    ...withoutEmpty(processEnvironment),',
    '    ...withoutEmpty(processEnvironment),\n    ...readFiles(processEnvironment, folder, mistakes),',
    READ,
  ],
  [
    '.env is stronger than .env.local',
    'read-environment.ts',
    '{ ...withoutEmpty(weak ?? {}), ...withoutEmpty(strong ?? {}) }',
    '{ ...withoutEmpty(strong ?? {}), ...withoutEmpty(weak ?? {}) }',
    READ,
  ],
  [
    'an empty variable hides the one in a file',
    'read-environment.ts',
    "Object.entries(environment).filter(([, text]) => text !== undefined && text.trim() !== '')",
    'Object.entries(environment).filter(([, text]) => text !== undefined)',
    READ,
  ],
  [
    'a secret may be given twice',
    'read-environment.ts',
    'if (environment[name] !== undefined) {',
    'if (environment[name] === file) {',
    READ,
  ],
  [
    'the line end of a secret file belongs to the secret',
    'read-environment.ts',
    'else environment[name] = text.trim();',
    'else environment[name] = text;',
    READ,
  ],
  [
    '.env is read beside CONFIG_FILE',
    'read-environment.ts',
    'if (!named) {',
    "if (!named || readable(path.join(folder, '.env')) !== null) {",
    READ,
  ],
  [
    'a secret that is wrong is shown',
    'load-config.ts',
    'setting.secret ?',
    'setting.secret && text.length > 64 ?',
    LOAD,
    SETTINGS,
  ],
  [
    'only the first mistake is told',
    'load-config.ts',
    'if (found.length > 0) throw new ConfigError(found);',
    'if (found.length > 0) throw new ConfigError(found.slice(0, 1));',
    LOAD,
  ],
  ['the largest number of a setting is refused', 'kinds.ts', 'value > max', 'value >= max', LOAD, SETTINGS],
  [
    'the key may go to Novita in the clear',
    'kinds.ts',
    "if (url.protocol === 'http:' && NOVITA_HOST.test(url.hostname)) throw new TypeError('is not encrypted');",
    '',
    LOAD,
    SETTINGS,
  ],
  [
    'the whole world may be a proxy',
    'kinds.ts',
    'isAddressOrRange(item) && !/\\/0+$/.test(item)',
    'isAddressOrRange(item)',
    LOAD,
    SETTINGS,
  ],
  ['a key may hold a line end', 'kinds.ts', '/^[\\x21-\\x7e]{8,512}$/', '/^[\\x21-\\x7e\\n]{8,512}$/', LOAD, SETTINGS],
  [
    'a range of 33 bits is an address',
    'kinds.ts',
    '  } catch {\n    return false;\n  }\n};\n\nconst listOf',
    '  } catch {\n    return true;\n  }\n};\n\nconst listOf',
    LOAD,
    SETTINGS,
  ],
  [
    'a URL with a password in it is taken for a collector',
    'kinds.ts',
    "    if (url.search || url.hash || url.username || url.password) throw new TypeError('has more than a path');\n    return text;",
    '    return text;',
    LOAD,
    SETTINGS,
  ],
  [
    'features of the configuration can be changed',
    'load-config.ts',
    'for (const feature of Object.values(features)) Object.freeze(feature);',
    '',
    LOAD,
  ],
  [
    'variables of PostgreSQL that name no place stay',
    'postgres-variables.ts',
    "if (name.startsWith('PG'))",
    'if (/^PG(HOST|HOSTADDR|PORT|USER|PASSWORD|DATABASE)$/.test(name))',
    'test/e2e/shell-of-another-database.test.ts',
  ],
);
