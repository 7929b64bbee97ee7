/** Control characters, invisible format characters (which can reorder a log line), and halves of surrogate pairs. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu;

export const capped = (text: string, maxCharacters: number): string =>
  text.length <= maxCharacters
    ? text
    : Array.from(text.slice(0, 2 * maxCharacters))
        .slice(0, maxCharacters)
        .join('');

/** One printable line of at most `maxCharacters` characters. */
export const cleanLine = (text: string, maxCharacters: number): string =>
  capped(text.replace(UNPRINTABLE, ' ').trim(), maxCharacters);
