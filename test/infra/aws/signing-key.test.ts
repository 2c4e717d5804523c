import { beforeAll, describe, expect, test } from 'vitest';
import { SOURCE_AREAS } from '#domain/storage-keys.ts';
import type { Recorded } from '../recording.ts';
import { allOf, list, parsed } from '../rules.ts';
import { containersIn } from './containers.ts';
import { CONFIG, record } from './recording.ts';

const SOURCES = 'arn:aws:s3:::sluice-production-sources-1a2b3c4';
const ID = 'S3_SIGNING_ACCESS_KEY_ID';
const SECRET = 'S3_SIGNING_SECRET_ACCESS_KEY';

const ofSigning = (resources: readonly Recorded[], type: string) =>
  allOf(resources, type).filter(({ name }) => name.includes('-signing'));

/** What a role is told in plain, and what it gets from the store of secrets. */
function environmentOf(resources: readonly Recorded[], role: string) {
  const [container = {}] = containersIn(resources).filter(({ name }) => name === role);
  const [version] = allOf(resources, 'SecretVersion');
  const stored = parsed(version?.inputs ?? {}, 'secretString');
  return {
    plain: Object.fromEntries(list(container, 'environment').map(({ name, value }) => [name, value])),
    secrets: Object.fromEntries(
      list(container, 'secrets').map(({ name }) => [String(name), stored[String(name)]]),
    ),
  };
}

describe('the key that signs URLs', () => {
  let resources: readonly Recorded[];
  beforeAll(async () => {
    ({ resources } = await record(CONFIG));
  });

  test('may PUT wherever clients upload and GET verified sources, over TLS, and nothing else', () => {
    const [policy] = ofSigning(resources, 'UserPolicy');
    const Condition = { Bool: { 'aws:SecureTransport': 'true' } };
    expect(list(parsed(policy?.inputs ?? {}, 'policy'), 'Statement')).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:PutObject'],
        Resource: SOURCE_AREAS.map((area) => `${SOURCES}/${area}*`),
        Condition,
      },
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: [`${SOURCES}/uploads/*`], Condition },
    ]);
  });

  test.each(['api', 'worker', 'migrate'])('is what %s signs with, its secret from the store', (role) => {
    const { plain, secrets } = environmentOf(resources, role);
    expect(plain[ID]).toBe('sluice-production-signing-1-id');
    expect(secrets[SECRET]).toBe('secret-key-of-sluice-production-signing-1');
    expect(plain).not.toHaveProperty(SECRET);
  });

  test('is of a user who cannot log in', () => {
    expect(ofSigning(resources, 'User')).toHaveLength(1);
    expect(ofSigning(resources, 'AccessKey')).toHaveLength(1);
    expect(resources.filter(({ type }) => type.endsWith(':UserLoginProfile'))).toEqual([]);
  });
});

test('is replaced by a second one beside it, so that what the first signed lives on', async () => {
  const keysOf = async (signingKeyNames: string) => {
    const { resources } = await record({ ...CONFIG, signingKeyNames });
    return {
      there: ofSigning(resources, 'AccessKey')
        .map(({ name }) => name)
        .sort(),
      signs: environmentOf(resources, 'api').plain[ID],
    };
  };
  const [one, two] = ['sluice-production-signing-1', 'sluice-production-signing-2'];
  expect(await keysOf('["2", "1"]')).toEqual({ there: [one, two], signs: `${two}-id` });
  expect(await keysOf('["2"]')).toEqual({ there: [two], signs: `${two}-id` });
});

test('is left out where users of IAM are forbidden: then roles sign', async () => {
  const { resources } = await record({ ...CONFIG, signingKey: 'false' });
  expect([...allOf(resources, 'User'), ...allOf(resources, 'AccessKey')]).toEqual([]);
  const { plain, secrets } = environmentOf(resources, 'api');
  expect({ ...plain, ...secrets }).not.toHaveProperty(ID);
  expect({ ...plain, ...secrets }).not.toHaveProperty(SECRET);
});

test.each(['[]', '["1", "1"]', '["1", "2", "3"]', '["A b"]', '"1"'])(
  'names of keys that IAM would not take are refused: %s',
  async (signingKeyNames) => {
    await expect(record({ ...CONFIG, signingKeyNames })).rejects.toThrow(
      'signingKeyNames must be a list of one or two',
    );
  },
);
