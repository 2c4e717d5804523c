const LENGTH_MAX = 500;

/** Makes what Coconut wrote fit for a message: without addresses, which may be presigned, and without our secrets. */
export type Scrub = (text: string) => string;

export function scrubber(secrets: readonly string[]): Scrub {
  return (text) => {
    const withoutSecrets = secrets
      .filter((secret) => secret !== '')
      .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
    return withoutSecrets
      .replace(/\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s"'<>]+/gi, '[address]')
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
      .slice(0, LENGTH_MAX);
  };
}
