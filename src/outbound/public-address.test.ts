import { describe, expect, it } from 'vitest';
import { isAllowedAddress } from './public-address.js';

describe('an address', () => {
  it.each(['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
    '%s is public',
    (address) => {
      expect(isAllowedAddress(address, [])).toBe(true);
    },
  );

  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.168.0.1', '198.18.0.1', '198.51.100.1'],
    ...['203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '168.63.129.16', '192.88.99.1'],
    ...['::', '::1', '::7f00:1', '::10.0.0.1', '::8.8.8.8', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1'],
    ...['64:ff9b::7f00:1', '64:ff9b:1::a00:1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1'],
    ...['4000::1', '5f00::1', '8000::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1'],
    ...['', 'localhost', '127.1', '0x7f.1', '2130706433', '1.1.1.1/8', '1.1.1.1 '],
  ])('%s is not', (address) => {
    expect(isAllowedAddress(address, [])).toBe(false);
  });

  it('that the operator allows is reached, of either family', () => {
    const allowed = ['10.1.0.0/16', 'fd00::/8', '127.0.0.1', '::1'];
    for (const address of ['10.1.2.3', 'fd12::1', '127.0.0.1', '::1'])
      expect(isAllowedAddress(address, allowed)).toBe(true);
    for (const address of ['10.2.0.1', 'fc00::1', '127.0.0.2', '::2', '::ffff:127.0.0.1'])
      expect(isAllowedAddress(address, allowed)).toBe(false);
  });
});
