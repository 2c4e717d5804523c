import { describe, expect, test } from 'vitest';
import { addressRules } from '#providers/webhooks/address-rules.ts';

const HTTPS = { protocol: 'https:', port: '' };
const none = addressRules([]);
const laptop = addressRules(['127.0.0.0/8', 'fd00::/8']);

const SPECIAL = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::8.8.8.8',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::808:808',
  '64:ff9b:1::7f00:1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::',
  '3fff::1',
  '4000::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
];

test.each(SPECIAL)('the special address %s is not connected to', (address) => {
  expect(none.permits(address, HTTPS)).toBe(false);
});

test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001::200e'])(
  'the public address %s may be connected to by TLS only',
  (address) => {
    expect(none.permits(address, HTTPS)).toBe(true);
    expect(none.permits(address, { protocol: 'http:', port: '' })).toBe(false);
    expect(laptop.permits(address, { protocol: 'http:', port: '' })).toBe(false);
  },
);

test('an allowed network opens itself and nothing beside it', () => {
  expect(laptop.permits('127.0.0.1', { protocol: 'http:', port: '80' })).toBe(true);
  expect(laptop.permits('fd12::1', { protocol: 'http:', port: '22' })).toBe(true);
  for (const address of ['10.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'fe80::1'])
    expect(laptop.permits(address, HTTPS), address).toBe(false);
});

describe('the form of a URL', () => {
  test.each([
    'https://example.com/hook',
    'https://example.com:8443/hook?x=1',
    'https://8.8.8.8/hook',
    'https://[2606:4700:4700::1111]/hook',
    'https://xn--bcher-kva.example/hook',
  ])('%s may be used', (url) => {
    expect(none.refusalOf(url)).toBeNull();
  });

  test.each([
    ['no URL', 'example.com/hook'],
    ['nothing', ''],
    ['no TLS', 'http://example.com/hook'],
    ['another scheme', 'ftp://example.com/hook'],
    ['a file', 'file:///etc/passwd'],
    ['code', 'javascript:alert(1)'],
    ['a password', 'https://user:pass@example.com/hook'],
    ['a user', 'https://user@example.com/hook'],
    ['a port where mail is spoken', 'https://example.com:25/'],
    ['localhost', 'https://localhost/'],
    ['a name below localhost', 'https://a.LOCALHOST/'],
    ['localhost with a dot', 'https://localhost./'],
    ['a dot at the end', 'https://example.com./'],
    ['a name inside', 'https://postgres/'],
    ['a cloud inside', 'https://metadata.google.internal/'],
    ['a printer', 'https://printer.local/'],
    ['loopback', 'https://127.0.0.1/'],
    ['loopback, short', 'https://127.1/'],
    ['loopback, decimal', 'https://2130706433/'],
    ['loopback, octal', 'https://0177.0.0.1/'],
    ['loopback, hexadecimal', 'https://0x7f000001/'],
    ['loopback with a dot', 'https://127.0.0.1./'],
    ['loopback in wide digits', 'https://１２７.0.0.1/'],
    ['the metadata of a cloud', 'https://169.254.169.254/latest/meta-data/'],
    ['loopback, IPv6', 'https://[::1]/'],
    ['loopback, mapped', 'https://[::ffff:127.0.0.1]/'],
    ['loopback, mapped in hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['nothing in particular', 'https://[::]/'],
    ['very long', `https://example.com/${'a'.repeat(2048)}`],
  ])('%s is refused', (_what, url) => {
    expect(none.refusalOf(url)).toBeTypeOf('string');
  });

  test('where a network inside is allowed, its addresses and names may be used, by plain HTTP too', () => {
    for (const url of ['http://127.0.0.1:9000/', 'http://localhost:9000/', 'http://receiver:80/'])
      expect(laptop.refusalOf(url), url).toBeNull();
    for (const url of ['http://10.0.0.1/', 'http://8.8.8.8/', 'http://a:b@127.0.0.1/', 'http://[::1]/'])
      expect(laptop.refusalOf(url), url).toBeTypeOf('string');
  });
});
