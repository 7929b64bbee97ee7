/**
 * Reads the key ring: a text with one key for each line, `<id> <base64 of 32 bytes>`. The first key seals, all keys open. Empty lines and
 * what follows a `#` are skipped. The line `DEPLOYMENT_SECRET` stands for the key of that secret. Messages name lines, never what is in them.
 */
import { OF_DEPLOYMENT_SECRET, type RingEntry, Secret } from './config.js';

const KEY_BYTES = 32;
const ID = /^[A-Za-z0-9-]{1,32}$/;

const lineOf = (text: string, number: number): RingEntry => {
  if (text === OF_DEPLOYMENT_SECRET) return OF_DEPLOYMENT_SECRET;
  const [id = '', key = '', ...more] = text.split(/\s+/);
  if (key === '' || more.length > 0) throw new RangeError(`line ${number} is not an id, a space and a key`);
  if (!ID.test(id)) throw new RangeError(`the id in line ${number} is not 1 to 32 letters, digits and hyphens`);
  const bytes = Buffer.from(key, 'base64');
  // Buffer reads whatever it can: only what it writes again in the same way is base64
  if (bytes.toString('base64') !== key) throw new RangeError(`the key in line ${number} is not base64`);
  if (bytes.length !== KEY_BYTES) {
    throw new RangeError(`the key in line ${number} has ${bytes.length} bytes, not ${KEY_BYTES}`);
  }
  return { id, key: new Secret(key) };
};

/** What may stand in a ring once only. */
const wordsOf = (entry: RingEntry): (readonly [string, string])[] =>
  entry === OF_DEPLOYMENT_SECRET
    ? [['word', entry]]
    : [
        ['id', entry.id],
        ['key', entry.key.reveal()],
      ];

/** @throws RangeError that says what is wrong and shows no key */
export const parseKeyRing = (text: string): readonly RingEntry[] => {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line, index) => ({ number: index + 1, text: line.replace(/#.*/, '').trim() }))
    .filter((line) => line.text !== '');
  if (lines.length === 0) throw new RangeError('it has no key');
  const lineOfWord = new Map<string, number>();
  return lines.map(({ number, text: line }) => {
    const entry = lineOf(line, number);
    for (const [what, word] of wordsOf(entry)) {
      const first = lineOfWord.get(`${what} ${word}`);
      if (first !== undefined) throw new RangeError(`lines ${first} and ${number} have the same ${what}`);
      lineOfWord.set(`${what} ${word}`, number);
    }
    return entry;
  });
};
