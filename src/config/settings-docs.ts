/** Renders `docs/configuration.md` and `.env.example` from the settings. A test compares both with the files. */
import type { Setting } from './setting.js';
import { SETTING_GROUPS } from './settings.js';

const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};

const defaultOf = (setting: Setting): string => {
  if (setting.default === '') return 'Default: empty.';
  if (setting.default !== undefined) return `Default: \`${setting.default}\`.`;
  return setting.optional ? 'Not set by default.' : 'Must be set.';
};

const describe = (setting: Setting): string =>
  [
    `### ${setting.name}`,
    setting.doc,
    ...(setting.remedy ? [setting.remedy] : []),
    `Expects ${setting.expects}. ${defaultOf(setting)}` +
      (setting.secret ? ` A secret: \`${setting.name}_FILE\` may name a file that holds it.` : ''),
  ].join('\n\n');

/** `docs/configuration.md`. */
export const renderConfigurationDocs = (): string =>
  [
    '# Configuration',
    'Every setting is an environment variable. The service reads them once, when it starts. If any of them is wrong, it ' +
      'prints all mistakes in one message and exits with code 78.',
    'Variables may also stand in `.env` and `.env.local` in the working directory, or in the one file that `CONFIG_FILE` ' +
      'names. `.env.local` overrides `.env`, and the environment of the process overrides every file. An empty variable ' +
      'counts as not set.',
    'This page is generated from `src/config/settings/`: change it there, then run `npm run docs`.',
    ...SETTING_GROUPS.flatMap(({ title, settings }) => [`## ${title}`, ...settings.map(describe)]),
  ].join('\n\n') + '\n';

const exampleOf = (setting: Setting): string => {
  const comment = wrap(`${setting.doc} Expects ${setting.expects}.`, 117).map((line) => `# ${line}`);
  const remedy = setting.remedy ? wrap(setting.remedy, 117).map((line) => `# ${line}`) : [];
  const isRequired = setting.default === undefined && !setting.optional;
  return [...comment, ...remedy, `${isRequired ? '' : '# '}${setting.name}=${setting.default ?? ''}`].join('\n');
};

/** `.env.example`: a working file once the required settings are filled in. */
export const renderEnvExample = (): string =>
  [
    '# Copy to .env and fill in NOVITA_API_KEY. Lines that are commented out show the defaults.\n' +
      '# Generated from src/config/settings/; docs/configuration.md says more.',
    ...SETTING_GROUPS.flatMap(({ title, settings }) => [`## ${title}`, ...settings.map(exampleOf)]),
  ].join('\n\n') + '\n';
