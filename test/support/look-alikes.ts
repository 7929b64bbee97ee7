import { Tagger } from '../../src/machines/domain/tag.js';

export interface LookAlike {
  family: string;
  name: string;
  envs?: { key: string; value: string }[];
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const SOME_ULID = 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV';

const BEHIND = ['-1', ' ', '-copy', '.', 'a'];
const IN_FRONT = ['my-', ' ', '-', 'x', 'nvt-'];

const turn = (parts: string[], at: number): string => parts[at % parts.length] ?? '';
const again = (at: number): string => (at < BEHIND.length ? '' : String(at));

/**
 * Names of machines that a person, a copied database or another deployment may have besides a machine with this tag. Each differs from the
 * tag in a letter, a case, a part or a place, so none belongs to this deployment.
 */
export const lookAlikesOf = (tag: string, count: number): LookAlike[] => {
  const [prefix = '', deployment = '', ulid = '', attempt = '', mac = ''] = tag.split('-');
  const instanceId = `ins_${ulid.toUpperCase()}`;
  const other = new Tagger('zzzzzzzz', 'another secret');
  const thief = new Tagger(deployment, 'a guessed secret');
  const families: Record<string, (at: number) => Omit<LookAlike, 'family'>> = {
    'our prefix': (at) => ({ name: `${prefix}-trainer-${at}` }),
    'our deployment, another instance, any MAC': (at) => ({
      name: [prefix, deployment, SOME_ULID.slice(4).toLowerCase(), at.toString(36), mac].join('-'),
    }),
    'one letter changed': (at) => ({ name: withLetterChanged(tag, at % tag.length, Math.floor(at / tag.length)) }),
    'in upper case': (at) => ({ name: withUpperCase(tag, at) }),
    'with something behind': (at) => ({ name: tag + turn(BEHIND, at) + again(at) }),
    'with something in front': (at) => ({ name: again(at) + turn(IN_FRONT, at) + tag }),
    'the tag of another deployment': (at) => ({ name: other.write({ instanceId, attempt: at + 1 }) }),
    'a tag by another secret': (at) => ({ name: thief.write({ instanceId, attempt: at + 1 }) }),
    'the same ULID': (at) => ({
      name: [`${ulid}-${at}`, `${prefix}-${deployment}-${ulid}-${at + 2}-${mac}`][at % 2] ?? '',
    }),
    'parts of the tag': (at) => ({
      name: [prefix, deployment, ulid, attempt, mac]
        .slice(at % 4)
        .join('-')
        .slice(0, -1 - (at % 3)),
    }),
    'our environment under a name of its own': (at) => ({
      name: `copy-${at}`,
      envs: [{ key: 'NOVITAI_TAG', value: tag }],
    }),
  };
  const makers = Object.entries(families);
  return Array.from({ length: count }, (_, index) => {
    const [family, make] = makers[index % makers.length] ?? ['', () => ({ name: '' })];
    return { family, ...make(Math.floor(index / makers.length)) };
  });
};

const withLetterChanged = (tag: string, at: number, by: number): string => {
  const letters = LETTERS.split('').filter((letter) => letter !== tag[at] && tag[at] !== '-');
  return tag[at] === '-'
    ? `${tag.slice(0, at)}_${tag.slice(at + 1)}`
    : tag.slice(0, at) + (letters[by] ?? '9') + tag.slice(at + 1);
};

/** Upper case for the whole text, or for one letter. */
const withUpperCase = (tag: string, at: number): string => {
  const places = tag.split('').flatMap((letter, place) => (letter === letter.toUpperCase() ? [] : [place]));
  const place = places[at % places.length] ?? 0;
  return at === 0 ? tag.toUpperCase() : tag.slice(0, place) + tag.charAt(place).toUpperCase() + tag.slice(place + 1);
};
