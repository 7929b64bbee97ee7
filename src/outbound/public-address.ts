import ipaddr from 'ipaddr.js';

/** Azure's host, which answers machines with secrets. It counts as public in every registry. */
const AZURE_HOST = '168.63.129.16';
/** All addresses that the internet uses so far. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

type Address = ReturnType<typeof ipaddr.parse>;

/**
 * Judges an address that a connection is about to be made to. A name is never judged, since its address can change. IPv6 addresses that
 * stand for an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) count as not public, whatever they stand for.
 * @param allowed addresses and CIDRs that the operator allows although they are not public
 */
export const isAllowedAddress = (address: string, allowed: readonly string[]): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return allowed.some((range) => isIn(parsed, range)) || isPublic(parsed);
};

const isPublic = (address: Address): boolean => {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' ? address.toString() !== AZURE_HOST : isIn(address, GLOBAL_UNICAST);
};

const isIn = (address: Address, range: string | [Address, number]): boolean => {
  const [network, bits] = typeof range === 'string' ? networkOf(range) : range;
  return address.kind() === network.kind() && address.match(network, bits);
};

const networkOf = (range: string): [Address, number] => {
  if (range.includes('/')) return ipaddr.parseCIDR(range);
  const address = ipaddr.parse(range);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
};
