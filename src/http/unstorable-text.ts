/**
 * Finds text that JSON allows but PostgreSQL refuses to store, which would otherwise end as an internal error.
 * @returns what is wrong with the text, or null
 */
export function faultOfText(text: string): string | null {
  if (text.includes('\0')) return 'must not contain a NUL character';
  if (/\p{Surrogate}/u.test(text)) return 'must not contain half of a surrogate pair';
  return null;
}
