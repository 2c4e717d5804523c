/** Stands in for a secret that only the real stack's key can read. It is no secret of anything. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  'sluice:webhookSecret': 'whsec_cHJldmlldy1wcmV2aWV3LXByZXZpZXctcHJldmlldw==',
  'sluice:storageWebhookSecret': 'preview-preview-preview-preview-preview',
  'sluice:transcoderWebhookSecret': 'preview-preview-preview-preview-preview',
  'sluice:jwtSecret': 'preview-preview-preview-preview-preview',
  'sluice:databasePassword': 'preview-preview-preview',
  'sluice:coconutApiKey': 'preview',
  'sluice:spacesCdnToken': 'preview',
};
/** What belongs to the backend that keeps the real stack. */
const OF_THE_BACKEND = /^(?:encryptionsalt|secretsprovider|encryptedkey):/;

export interface LocalStack {
  /** The configuration as a stack of a local backend may have it. */
  readonly text: string;
  /** Keys that got a value of no meaning. */
  readonly replaced: readonly string[];
}

/** A stack's file without what only its own backend can read: secrets become placeholders, missing ones are added. */
export function localStack(text: string): LocalStack {
  const kept: string[] = [];
  const replaced: string[] = [];
  const lines = text.split('\n').filter((line) => !OF_THE_BACKEND.test(line));
  for (const line of lines) {
    const [, ciphertextOf] = /^\s{4,}(secure):/.exec(line) ?? [];
    if (ciphertextOf === undefined) {
      kept.push(line);
      continue;
    }
    const key = kept.pop()?.trim().replace(/:$/, '') ?? '';
    replaced.push(key);
    kept.push(`  ${key}: ${quoted(PLACEHOLDERS[key] ?? 'preview')}`);
  }
  const body = kept.join('\n').trimEnd();
  const missing = Object.keys(PLACEHOLDERS).filter((key) => !body.includes(`\n  ${key}:`));
  const added = missing.map((key) => `  ${key}: ${quoted(PLACEHOLDERS[key] ?? '')}`);
  return { text: `${[body, ...added].join('\n')}\n`, replaced: [...replaced, ...missing] };
}

function quoted(value: string): string {
  return JSON.stringify(value);
}
