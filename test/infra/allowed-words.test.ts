import { expect, test } from 'vitest';
import { wordsIn } from './allowed-words.ts';
import { overlapping, rangeOf } from './cidrs.ts';
import { TypeDefinitions } from './type-definitions.ts';
import { CORRECTIONS } from './word-corrections.ts';

test.each([
  ['Valid values are `ACCEPT`, `REJECT`, and `ALL`. Defaults to `ALL`.', ['ACCEPT', 'REJECT', 'ALL']],
  ['Must be one of: `MUTABLE`, `IMMUTABLE`, or `OFF`.', ['MUTABLE', 'IMMUTABLE', 'OFF']],
  [
    'Either of the following is supported: `A`, `B`. Additionally, the values  `C` and `D`',
    ['A', 'B', 'C', 'D'],
  ],
  ['The only valid value is `sigv4`.', ['sigv4']],
  ['Valid values for `headerBehavior` are `none` and `whitelist`.', ['none', 'whitelist']],
  ["The alert's rule: 'ping' 'http' 'https'.", ['ping', 'http', 'https']],
  ['Canned ACL: `private` or `public-read` (Defaults to `private`)', ['private', 'public-read']],
  ['The type: one of: - `DEFAULT`: The first. - `PRIMARY`: Another.', ['DEFAULT', 'PRIMARY']],
  ['Permanent (`HTTP_301`) or temporary (`HTTP_302`).', ['HTTP_301', 'HTTP_302']],
  ['Valid values are GET, PUT, HEAD, POST, and DELETE.', ['GET', 'PUT', 'HEAD', 'POST', 'DELETE']],
])('a comment lists its words: %s', (comment, words) => {
  expect(wordsIn(comment, []).sort()).toEqual([...words].sort());
});

test.each([
  'ID of the group. One of `groupId` or `cidr` must be specified.',
  'Required if `protocol` is `HTTPS` or `TLS`.',
  'Only valid for Load Balancers of type `application` or `network`.',
  'May be one of `monday` through `sunday`.',
  'The name, such as `my-bucket`.',
])('a comment that lists no words is taken for none: %s', (comment) => {
  expect(wordsIn(comment, ['groupId', 'cidr'])).toEqual([]);
});

test('members are read with what they are: of a resource, of a nested type, of an enum', () => {
  const aws = new TypeDefinitions('aws');
  expect(aws.argsOf('aws:lb/listener:Listener')?.protocol?.type).toBe('string');
  expect(aws.argsOf('aws:lb/listener:Listener')?.defaultActions?.type).toBe(
    'inputs.lb.ListenerDefaultAction',
  );
  expect(aws.nested('lb.ListenerDefaultAction')?.type?.comment).toContain('`fixed-response`');
  expect(aws.wordsOf('rds.StorageType')).toContain('gp3');
  expect(aws.argsOf('aws:lb/nothing:Nothing')).toBeUndefined();
  expect(new TypeDefinitions('digitalocean').wordsOf('CertificateType')).toContain('lets_encrypt');
});

test('each correction names where it is written', () => {
  const without = Object.entries(CORRECTIONS).filter(([, { source }]) => !source.startsWith('https://'));
  expect(without).toEqual([]);
});

test('networks that share an address are told, and those beside each other are not', () => {
  expect(overlapping(['10.20.0.0/16', '10.21.0.0/16', '10.22.0.0/20'])).toEqual([]);
  expect(overlapping(['10.20.0.0/16', '10.20.128.0/20'])).toEqual([
    '10.20.0.0/16 and 10.20.128.0/20 overlap',
  ]);
  for (const cidr of ['10.20.0.0', '10.20.0.0/33', '10.20.1.0/16', '10.256.0.0/16'])
    expect(() => rangeOf(cidr)).toThrow(`${cidr} is no network`);
});
