import { toStorageError } from './s3-errors.ts';
import { s3Presigner } from './s3-presigner.ts';
import type { S3Server } from './s3-server.ts';

const ANSWER_TIMEOUT_MS = 4_000;
const URL_TTL_SECONDS = 60;
/** An error of S3 is some hundred characters; what is longer was not written by it. */
const ANSWER_MAX_CHARACTERS = 16_384;

/**
 * Whether storage takes what the signing key signs. Signing asks nobody, so a key that was deleted goes on signing, and
 * only the clients' uploads fail. Asked is what they ask, a part of an upload, but of one that does not exist: a key that may
 * write is told so, and nothing is stored.
 *
 * @returns a notice; none without a signing key, and none where storage cannot be asked or has troubles of its own
 */
export async function refusedSignatures(
  server: S3Server,
  bucket: string,
  uploadsPrefix: string,
): Promise<string[]> {
  if (server.signingCredentials === null) return [];
  const key = `${uploadsPrefix}signing-check`;
  const { url } = await s3Presigner(
    server,
    bucket,
  )({
    method: 'PUT',
    key,
    query: { partNumber: '1', uploadId: 'none' },
    headers: { 'content-length': '0' },
    urlTtlSeconds: URL_TTL_SECONDS,
  });
  const answer = await ask(url);
  if (answer === null) return [];
  const { code, message } = toStorageError(answer, { action: 'PutObject', bucket, key });
  if (code !== 'access_refused') return [];
  return [`the key of S3_SIGNING_ACCESS_KEY_ID signs URLs that fail: ${message}`];
}

/** What storage refuses it with; null where it cannot be asked. */
async function ask(url: string): Promise<{ name: string; $metadata: { httpStatusCode: number } } | null> {
  try {
    const answer = await fetch(url, {
      method: 'PUT',
      body: new Uint8Array(),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const text = (await answer.text()).slice(0, ANSWER_MAX_CHARACTERS);
    const [, name = ''] = /<Code>(\w+)<\/Code>/.exec(text) ?? [];
    return { name, $metadata: { httpStatusCode: answer.status } };
  } catch {
    return null;
  }
}
