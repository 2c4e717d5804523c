const LENGTH_MAX = 500;

/** Words and what is between them. */
const WORDS = /([\s"'<>]+)/;
/** Of a presigned address or of the one that a job calls back: without a scheme, or encoded, it is as good a key. */
const SIGNED = /x-amz-|(?:secret|signature|token)(?:=|%3d)|(?:\?|%3f)[\w.-]+(?:=|%3d)/i;

/** Makes what Coconut wrote fit for a message: without addresses, which may be presigned, and without our secrets. */
export type Scrub = (text: string) => string;

export function scrubber(secrets: readonly string[]): Scrub {
  return (text) => {
    const withoutSecrets = secrets
      .filter((secret) => secret !== '')
      .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
    return withoutSecrets
      .split(WORDS)
      .map((word) => (SIGNED.test(word) ? '[address]' : word))
      .join('')
      .replace(/\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s"'<>]+/gi, '[address]')
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
      .slice(0, LENGTH_MAX);
  };
}
