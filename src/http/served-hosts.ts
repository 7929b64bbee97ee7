import { BlockList, isIP } from 'node:net';

/** `name`, `name:port`, `address:port` or `[address]:port`. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/?#@]+))(?::\d{0,5})?$/i;

/** The host names under which the service answers: loopback, and those of ALLOWED_HOSTS. */
export class ServedHosts {
  private readonly names = new Set(['localhost']);
  private readonly addresses = new BlockList();

  /** @param allowed names, addresses and CIDRs of ALLOWED_HOSTS */
  constructor(allowed: readonly string[]) {
    for (const item of ['127.0.0.0/8', '::1', ...allowed]) this.allow(item);
  }

  /** @param host the value of a Host header, with any port or none */
  has(host: string): boolean {
    const [, ipv6, name = ''] = HOST.exec(host) ?? [];
    if (ipv6 !== undefined) return isIP(ipv6) === 6 && this.addresses.check(ipv6, 'ipv6');
    return isIP(name) === 4 ? this.addresses.check(name, 'ipv4') : this.names.has(canonical(name));
  }

  private allow(item: string): void {
    const [address = '', bits] = item.split('/');
    const family = isIP(address);
    if (family === 0) this.names.add(canonical(item));
    else this.addresses.addSubnet(address, Number(bits ?? (family === 4 ? 32 : 128)), family === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Removes the dot at the end of a fully qualified name. */
const canonical = (name: string): string => name.toLowerCase().replace(/\.$/, '');
