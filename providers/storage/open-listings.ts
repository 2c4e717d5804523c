import type { S3Server } from './s3-server.ts';

const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Asks for listings as a stranger would. Objects that anybody may read are protected by the random token in their key
 * alone, so whoever may list the bucket has them all.
 *
 * @returns a notice for each bucket that answers; none for one that cannot be asked
 */
export async function openListings(server: S3Server, buckets: readonly string[]): Promise<string[]> {
  const notices: string[] = [];
  for (const bucket of buckets)
    if (await answersStrangers(server, bucket))
      notices.push(
        `anybody may list bucket ${bucket}, and so find every object in it: turn its file listing off (put-bucket-acl --acl private)`,
      );
  return notices;
}

async function answersStrangers(
  { client, region, endpoint, forcePathStyle }: S3Server,
  bucket: string,
): Promise<boolean> {
  const { url } = client.config.endpointProvider({
    Bucket: bucket,
    Region: region,
    ForcePathStyle: forcePathStyle,
    ...(endpoint && { Endpoint: endpoint }),
  });
  try {
    const answer = await fetch(new URL('?list-type=2&max-keys=1', url), {
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
