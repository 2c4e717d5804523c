import { describe, expect, test } from 'vitest';
import { completeConfig, loadConfig } from '#bootstrap/config.ts';
import { variableNotes } from '#bootstrap/config-fields.ts';
import { CONFIG_SCHEMA } from '#bootstrap/config-schema.ts';
import { environmentOf, type Variable } from '#infra/environment.ts';
import type { Platform } from '#infra/platform.ts';
import { PLATFORMS, SERVICE_SETTINGS } from './platforms.ts';
import { shown } from './recording.ts';

async function resolved(variables: readonly Variable[]): Promise<Record<string, string>> {
  const pairs = variables.map(async ({ name, value }) => [name, (await shown(value)).value] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

const MEANT: readonly [string, Platform][] = Object.entries(PLATFORMS);

describe.each(MEANT)('the environment of the service on %s', (_, platform) => {
  test('is one that the image takes, with nothing missing', async () => {
    const env = await resolved(environmentOf(platform, SERVICE_SETTINGS));
    const config = completeConfig(loadConfig({ ...env, SLUICE_IMAGE: '1' }));
    expect(config).toMatchObject({
      TRANSCODER: platform.transcoding.kind,
      DELIVERY: platform.delivery.kind,
      TRANSCODER_FALLBACK: 'ffmpeg',
      hasOwnStorage: true,
    });
  });

  test('lacks no variable: without any one of the secrets it is refused', async () => {
    const env = await resolved(environmentOf(platform, SERVICE_SETTINGS));
    for (const name of ['DATABASE_URL', 'JWT_SECRET', 'PUBLIC_URL', 'S3_MEDIA_BUCKET'])
      expect(() => loadConfig({ ...env, SLUICE_IMAGE: '1', [name]: '' })).toThrow(name);
  });

  test('names only variables of the service, each once', () => {
    const names = environmentOf(platform, SERVICE_SETTINGS).map(({ name }) => name);
    expect(names.filter((name) => !(name in CONFIG_SCHEMA.shape))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('keeps secret what the service calls a secret, and marks it for the store of secrets', async () => {
    for (const { name, value, isSecret: marked } of environmentOf(platform, SERVICE_SETTINGS)) {
      const { secret = false } = notesOf(name);
      expect([name, marked]).toEqual([name, secret]);
      if (marked) expect([name, (await shown(value)).isSecret]).toEqual([name, true]);
    }
  });
});

test('tokens by public keys need no secret of ours', async () => {
  const platform = { ...PLATFORMS.do, secrets: { ...PLATFORMS.do.secrets, jwt: null } };
  const tokens = {
    kind: 'keys',
    jwksUrl: 'https://issuer.example.com/keys',
    issuer: 'https://issuer.example.com',
    audience: 'sluice',
  } as const;
  const env = await resolved(environmentOf(platform, { ...SERVICE_SETTINGS, tokens }));
  expect(completeConfig(loadConfig({ ...env, SLUICE_IMAGE: '1' })).JWT_AUDIENCE).toBe('sluice');
  expect(() => environmentOf(platform, SERVICE_SETTINGS)).toThrow('the platform has none');
});

function notesOf(name: string): { secret?: boolean } {
  let schema: unknown = CONFIG_SCHEMA.shape[name as keyof typeof CONFIG_SCHEMA.shape];
  for (;;) {
    const notes = variableNotes.get(schema as Parameters<typeof variableNotes.get>[0]);
    if (notes) return notes;
    const inner: unknown = (schema as { def?: { innerType?: unknown } }).def?.innerType;
    if (inner === undefined) return {};
    schema = inner;
  }
}
