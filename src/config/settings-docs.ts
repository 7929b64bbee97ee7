/** The settings as text: `docs/configuration.md` and `.env.example`. A test compares both with the files. */
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
      (setting.secret ? ` A secret: \`${setting.name}_FILE\` may name a file that holds it instead.` : ''),
  ].join('\n\n');

/** Markdown. */
export const renderConfigurationDocs = (): string =>
  [
    '# Configuration',
    'Every setting is an environment variable. The service reads them once, when it starts; if any of them is wrong it ' +
      'says everything that is wrong in one message and exits with code 78.',
    'Variables may also stand in `.env` and in `.env.local` (which is stronger) in the working directory, or in the one ' +
      'file that `CONFIG_FILE` names. What the process was started with is stronger than any file. A variable that is ' +
      'set to nothing counts as not set.',
    'This page is made from `src/config/settings.ts`: change it there, then run `npx vitest run src/config -u`.',
    ...SETTING_GROUPS.flatMap(({ title, settings }) => [`## ${title}`, ...settings.map(describe)]),
  ].join('\n\n') + '\n';

const exampleOf = (setting: Setting): string => {
  const comment = wrap(`${setting.doc} Expects ${setting.expects}.`, 117).map((line) => `# ${line}`);
  const remedy = setting.remedy ? wrap(setting.remedy, 117).map((line) => `# ${line}`) : [];
  const isRequired = setting.default === undefined && !setting.optional;
  return [...comment, ...remedy, `${isRequired ? '' : '# '}${setting.name}=${setting.default ?? ''}`].join('\n');
};

/** A .env file that works as it is once what must be set is filled in. */
export const renderEnvExample = (): string =>
  [
    '# Copy to .env and fill in NOVITA_API_KEY. What is commented out shows the default.\n' +
      '# Made from src/config/settings.ts; docs/configuration.md says more.',
    ...SETTING_GROUPS.flatMap(({ title, settings }) => [`## ${title}`, ...settings.map(exampleOf)]),
  ].join('\n\n') + '\n';
