const PRINTABLE_URL = /^(https?|wss?):\/\/[!-~]{1,2000}$/i;
const HOST_AND_PORT = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})$/;

/** A URL with one of the schemes and without credentials, unchanged, or null. */
export function readUrl(value: unknown, schemes: readonly ('http' | 'ws')[]): string | null {
  if (typeof value !== 'string') return null;
  const scheme = PRINTABLE_URL.exec(value)?.[1]?.toLowerCase().replace(/s$/, '');
  if (!schemes.some((wanted) => wanted === scheme) || !URL.canParse(value)) return null;
  const url = new URL(value);
  return url.username || url.password || !url.hostname ? null : value;
}

/** `host:port`, also from `tcp://host:port`, or null. */
export function readHostAndPort(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const address = value.trim().replace(/^tcp:\/\//i, '');
  const port = Number(HOST_AND_PORT.exec(address)?.[1] ?? 0);
  return port >= 1 && port <= 65535 ? address : null;
}
