import fc from 'fast-check';
import { validate, version } from 'uuid';
import { expect, test } from 'vitest';
import { ownerIdOf } from '#domain/access/owner-id.ts';

const ISSUER = 'https://login.example.com/';

test('a UUID is the owner itself, however it is written and whoever issued it', () => {
  const id = '0193B0A0-7C11-7E3A-8F2B-5D4C3B2A1908';
  expect(ownerIdOf(id, ISSUER)).toBe(id.toLowerCase());
  expect(ownerIdOf(id.toLowerCase(), 'https://other.example.com/')).toBe(id.toLowerCase());
});

test('anything else becomes a UUIDv5, always the same one', () => {
  // Written down: if this changes, owners lose their videos.
  expect(ownerIdOf('auth0|5f7c8ec7', ISSUER)).toBe('48364dd2-6233-5ac8-beaf-492c5935e8dc');
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (subject) => {
      fc.pre(!validate(subject));
      const owner = ownerIdOf(subject, ISSUER);
      expect(version(owner)).toBe(5);
      expect(ownerIdOf(subject, ISSUER)).toBe(owner);
    }),
  );
});

test('two subjects, and one subject of two issuers, are different owners', () => {
  expect(ownerIdOf('anna', ISSUER)).not.toBe(ownerIdOf('Anna', ISSUER));
  expect(ownerIdOf('anna', ISSUER)).not.toBe(ownerIdOf('anna', 'https://other.example.com/'));
});

test.each([
  '{0193b0a0-7c11-7e3a-8f2b-5d4c3b2a1908}',
  'urn:uuid:0193b0a0-7c11-7e3a-8f2b-5d4c3b2a1908',
  '1; drop table',
])('%s is no UUID, and what it becomes is one', (subject) => {
  expect(version(ownerIdOf(subject, ISSUER))).toBe(5);
});
