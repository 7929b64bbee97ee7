/**
 * Text that is JSON but that PostgreSQL refuses to store: it would come back as an error of the service.
 * @returns what is wrong with the text, or null
 */
export function faultOfText(text: string): string | null {
  if (text.includes('\0')) return 'must not contain a NUL character';
  if (/\p{Surrogate}/u.test(text)) return 'must not contain half of a surrogate pair';
  return null;
}
