/** Names come from the sender, so a pointer shows only the beginning of a long one. */
const MAX_NAME_LENGTH = 100;

/** The RFC 6901 pointer of a path: `['ports', '0', 'a/b']` becomes `/ports/0/a~1b`. The empty path is the whole document. */
export const jsonPointer = (path: readonly string[]): string =>
  path.map((name) => `/${name.slice(0, MAX_NAME_LENGTH).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
