import { describe, expect, it } from 'vitest';
import { faultOfDestination, LONGEST_URL } from './destination-url.js';

const STRICT = { allowHttp: false, allowAddresses: [] };

describe('a URL that a caller names', () => {
  it.each([
    'https://hooks.example.com',
    'https://hooks.example.com/a/b?token=x%20y',
    'https://hooks.example.com:8443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'HTTPS://Hooks.Example.COM/',
    `https://hooks.example.com/${'x'.repeat(LONGEST_URL - 26)}`,
  ])('%s is taken', (url) => {
    expect(faultOfDestination(url, STRICT)).toBeNull();
  });

  it.each<[url: string, fault: RegExp]>([
    ['', /URL/],
    ['hooks.example.com', /URL/],
    ['https:hooks.example.com', /URL/],
    ['https:///hooks.example.com', /URL/],
    ['//hooks.example.com', /URL/],
    ['ftp://hooks.example.com', /URL/],
    ['file:///etc/passwd', /URL/],
    ['javascript:alert(1)', /URL/],
    ['http://hooks.example.com', /must begin with https/],
    ['https://user@hooks.example.com', /user/],
    ['https://user:pass@hooks.example.com', /user/],
    ['https://@hooks.example.com', /user/],
    ['https://:@hooks.example.com', /user/],
    ['https://hooks.example.com/#x', /fragment/],
    ['https://hooks.example.com/#', /fragment/],
    ['https://hooks.example.com:0/', /port/],
    ['https://hooks.example.com:99999/', /URL/],
    ['https://hooks.example.com./', /dot/],
    ['https://127.0.0.1./', /not public/],
    ['https://localhost', /full name/],
    ['https://localhost./', /dot/],
    ['https://a.localhost', /full name/],
    ['https://printer.local', /full name/],
    ['https://metadata.google.internal', /full name/],
    ['https://intranet', /full name/],
    ['https://router.lan', /full name/],
    ['https://nas.home.arpa', /full name/],
    ['https://127.0.0.1/', /not public/],
    ['https://2130706433/', /not public/],
    ['https://0177.0.0.1/', /not public/],
    ['https://0x7f.1/', /not public/],
    ['https://127.1/', /not public/],
    ['https://0/', /not public/],
    ['https://10.0.0.1/', /not public/],
    ['https://169.254.169.254/latest/meta-data', /not public/],
    ['https://168.63.129.16/', /not public/],
    ['https://[::1]/', /not public/],
    ['https://[::ffff:127.0.0.1]/', /not public/],
    ['https://[::127.0.0.1]/', /not public/],
    ['https://[64:ff9b::7f00:1]/', /not public/],
    ['https://[2002:7f00:1::]/', /not public/],
    ['https://[fd00:ec2::254]/', /not public/],
    ['https://①②⑦.⓪.⓪.①/', /ASCII/],
    ['https://１２７.0.0.1/', /ASCII/],
    ['https://hooks。example.com/', /ASCII/],
    ['https://hooks.example.com\\@evil.example/', /ASCII/],
    ['https://hooks.example.com/ x', /ASCII/],
    ['https://hooks.example.com/\nx', /ASCII/],
    [' https://hooks.example.com/', /ASCII/],
    [`https://hooks.example.com/${'x'.repeat(LONGEST_URL)}`, /at most/],
  ])('%s is refused', (url, fault) => {
    expect(faultOfDestination(url, STRICT)).toMatch(fault);
  });

  it('may begin with http:// and have an allowed address when the operator says so', () => {
    const rules = { allowHttp: true, allowAddresses: ['127.0.0.1'] };
    expect(faultOfDestination('http://127.0.0.1:8080/x', rules)).toBeNull();
    expect(faultOfDestination('http://hooks.example.com/', rules)).toBeNull();
    expect(faultOfDestination('http://127.0.0.2/', rules)).toMatch(/not public/);
    expect(faultOfDestination('http://localhost/', rules)).toMatch(/full name/);
  });
});
