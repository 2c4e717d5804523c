import { runtime } from '@pulumi/pulumi';
import { expect, test } from 'vitest';
import { CONFIG, SECRETS } from './recording.ts';

/** What a program has asked the engine for by the time it is refused. */
async function askedFor(config: Readonly<Record<string, string | undefined>>): Promise<string[]> {
  const asked: string[] = [];
  await runtime.setMocks(
    {
      newResource: ({ name, inputs }) => {
        asked.push(name);
        return { id: name, state: inputs };
      },
      call: ({ inputs }) => inputs,
    },
    'sluice',
    'do',
    false,
    'organization',
  );
  const given = Object.entries({ ...SECRETS, ...CONFIG, ...config }).filter(
    ([, value]) => value !== undefined,
  );
  runtime.setAllConfig(Object.fromEntries(given.map(([key, value]) => [`sluice:${key}`, value ?? ''])));
  const { default: deploy } = await import('#infra/index.ts');
  await expect(deploy()).rejects.toThrow();
  await runtime.disconnect();
  return asked;
}

const TWO = { secondRegion: 'tor1', domain: 'api.example.com' } as const;

test.each([
  ['more connections than there are', { apiMin: '20' }],
  ['an image that cannot be pulled', { image: 'sluice:latest' }],
  ['a secret that is missing', { spacesCdnToken: undefined }],
  ['the key of Coconut that is missing', { coconutApiKey: undefined }],
  ['what DigitalOcean has not', { spot: 'true' }],
  ['a second region without a domain', { ...TWO, domain: undefined }],
  ['networks that cannot be joined', { ...TWO, secondNetworkCidr: '10.19.0.0/16' }],
  ['a site that is not named', { layer: 'data' }],
])('%s: nothing was begun', async (_, config) => {
  expect(await askedFor(config)).toEqual([]);
});
