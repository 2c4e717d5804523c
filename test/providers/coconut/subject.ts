import type { CoconutCall } from '#providers/transcoders/coconut/coconut-call.ts';
import { type CoconutOptions, coconutTranscoder } from '#providers/transcoders/coconut/coconut-transcoder.ts';
import {
  DEFAULT_ISOLATION,
  type IsolationLimits,
  isolatedCalls,
} from '#providers/transcoders/coconut/isolated-call.ts';
import type { ListedRendition } from '#providers/transcoders/output-playlists.ts';
import type { NotifyingTranscoder } from '#providers/transcoders/transcoder.ts';

/** Each is a secret that must show up nowhere. */
export const SECRETS = {
  apiKey: 'k-the-api-key-of-the-tests',
  storageSecret: 'storage/secret+of=the-tests',
  storageKeyId: 'STORAGEKEYIDOFTHETESTS',
  webhookSecret: 'webhook-secret-of-the-tests-0123456789',
  signature: 'X-Amz-Signature=0123456789abcdef',
} as const;

export const SOURCE_URL = `https://storage.example.com/sources/a?${SECRETS.signature}`;

/** The adapter with storage that holds what the test says, and calls that the test may replace. */
export function coconutWith(
  call: CoconutCall,
  {
    renditions = [],
    audioKeys = [],
    keys = [],
    ...overrides
  }: Partial<CoconutOptions> & {
    renditions?: readonly ListedRendition[];
    audioKeys?: readonly string[];
    keys?: readonly string[];
  } = {},
): NotifyingTranscoder {
  return coconutTranscoder({
    call,
    apiKey: SECRETS.apiKey,
    storage: {
      service: 'dospaces',
      region: 'nyc3',
      bucket: 'media',
      credentials: { accessKeyId: SECRETS.storageKeyId, secretAccessKey: SECRETS.storageSecret },
    },
    webhookUrl: 'https://api.example.com/webhooks/coconut',
    webhookSecret: SECRETS.webhookSecret,
    presignSource: async () => SOURCE_URL,
    playlists: { read: async () => ({ renditions, audioKeys }), keysUnder: async () => new Set(keys) },
    ...overrides,
  });
}

/** The adapter as it is wired, over HTTP, with less patience. */
export function coconutOver(endpoint: string, limits: Partial<IsolationLimits> = {}): NotifyingTranscoder {
  const account = { apiKey: SECRETS.apiKey, endpoint };
  return coconutWith(isolatedCalls(account, { ...DEFAULT_ISOLATION, ...limits }));
}

/** Everything that an error could carry into a log. */
export function allOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack} ${JSON.stringify(error)} ${error.cause === undefined ? '' : allOf(error.cause)}`;
}
