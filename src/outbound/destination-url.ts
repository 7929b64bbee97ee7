import { isIP } from 'node:net';
import { isAllowedAddress } from './public-address.js';

export interface DestinationRules {
  /** Whether http:// is allowed as well. */
  allowHttp: boolean;
  /** Addresses and CIDRs that are allowed although they are not public. */
  allowAddresses: readonly string[];
}

/** In characters. Longer URLs break proxies and logs. */
export const LONGEST_URL = 2_048;
/** Names that mean a machine of the operator's network, wherever they are resolved. */
const INTERNAL_NAME = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home\.arpa)$/;

/**
 * What is wrong with a URL that a caller wants requests to be sent to, in words that follow its name, or null. It spares a caller the wait
 * for the first attempt. It protects nothing by itself: the address of a name is judged by GuardedConnections, at every connection.
 */
export const faultOfDestination = (text: string, { allowHttp, allowAddresses }: DestinationRules): string | null => {
  if (text.length > LONGEST_URL) return `must have at most ${LONGEST_URL} characters`;
  // URL would drop tabs, line ends and outer spaces, and take a backslash for a slash
  if (/[^\x21-\x7e]|\\/.test(text)) return 'must have only visible ASCII characters and no backslash';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:\/\/[^/]/i.test(text)) return `must be an ${allowHttp ? 'http:// or ' : ''}https:// URL`;
  if (url.protocol === 'http:' && !allowHttp) return 'must begin with https://';
  if (url.username || url.password || (/^[^/]*\/\/([^/?#]*)/.exec(text)?.[1] ?? '').includes('@'))
    return 'must not have a user or a password';
  if (url.hash || text.includes('#')) return 'must not have a fragment';
  if (url.port === '0') return 'must not have the port 0';
  return faultOfHost(url.hostname, allowAddresses);
};

const faultOfHost = (hostname: string, allowAddresses: readonly string[]): string | null => {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0)
    return isAllowedAddress(address, allowAddresses) ? null : 'must not have an address that is not public';
  if (hostname.endsWith('.')) return 'must not have a host that ends with a dot';
  if (!hostname.includes('.') || INTERNAL_NAME.test(hostname)) return 'must have the full name of a public host';
  return null;
};
