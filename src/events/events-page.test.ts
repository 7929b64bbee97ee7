import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { EVENT_TYPES, EVENTS } from './event-catalogue.js';
import { eventsMarkdown } from './events-page.js';

const SRC = fileURLToPath(new URL('..', import.meta.url));

it('docs/events.md says what the code says', async () => {
  await expect(eventsMarkdown()).toMatchFileSnapshot('../../docs/events.md');
});

it('every event of the catalogue is written somewhere: there are no dead words', async () => {
  const files = (await readdir(SRC, { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('events/'),
  );
  const code = (await Promise.all(files.map((name) => readFile(`${SRC}/${name}`, 'utf8')))).join('\n');
  // 'machine.gone', and `machine.${verb}_rejected` for every verb
  const words = [...code.matchAll(/['`]([a-z_]+\.(?:[a-z_]|\$\{\w+\})+)['`]/g)].map(([, word = '']) => word);
  const written = words.map(
    (word) => new RegExp(`^${word.replaceAll('.', '\\.').replaceAll(/\$\{\w+\}/g, '[a-z]+')}$`),
  );
  expect(EVENT_TYPES.filter((type) => !written.some((form) => form.test(type)))).toEqual([]);
});

it('an event is about what its name begins with, but for those of the work on an instance', () => {
  const subjects = EVENT_TYPES.map((type) => [type.split('.')[0], EVENTS[type].subject].join(' is about '));
  expect([...new Set(subjects)].sort()).toEqual(
    [
      'fleet is about fleet',
      'instance is about instance',
      'key is about key',
      'project is about project',
      'webhook is about webhook',
      ...['machine', 'operator', 'placement', 'reconcile', 'replacement', 'status', 'update'].map(
        (word) => `${word} is about instance`,
      ),
    ].sort(),
  );
});
