/** The header `Prefer` of RFC 7240, of which the API knows `wait`. */

/** The longest wait that the API offers, in seconds. Limits of the edge and of proxies must be longer. */
export const LONGEST_WAIT_SECONDS = 300;

/** One preference: a token, perhaps a value (a token or a quoted text), perhaps parameters, which mean nothing here. */
const PREFERENCE = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*(?:"([^"\\]*)"|([^\s";]*)))?\s*(?:;.*)?$/;

/**
 * The seconds of `wait`, at most {@link LONGEST_WAIT_SECONDS}. Null: the client has no such preference, or it is malformed, which counts as
 * none. Of several the first one counts.
 */
export const preferredWaitSeconds = (header: string | readonly string[] | undefined): number | null => {
  for (const preference of [header ?? []].flat().join(',').split(',')) {
    const [, name = '', quoted, token = ''] = PREFERENCE.exec(preference) ?? [];
    if (name.toLowerCase() !== 'wait') continue;
    const seconds = quoted ?? token;
    return /^\d{1,9}$/.test(seconds) ? Math.min(Number(seconds), LONGEST_WAIT_SECONDS) : null;
  }
  return null;
};
