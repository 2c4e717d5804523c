import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

/**
 * S3 demands an integrity header on DeleteObjects and PutBucketCors. The SDK sends a CRC32, which AWS takes; older Ceph
 * and other servers insist on Content-MD5. Both may be sent.
 */
export function sendContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const { request } = args;
        if (
          (commandName === 'DeleteObjectsCommand' || commandName === 'PutBucketCorsCommand') &&
          isText(request)
        )
          request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
        return next(args);
      },
    { step: 'build', name: 'sendContentMd5', priority: 'low' },
  );
}

function isText(request: unknown): request is { body: string | Uint8Array; headers: Record<string, string> } {
  if (typeof request !== 'object' || request === null || !('body' in request)) return false;
  return typeof request.body === 'string' || request.body instanceof Uint8Array;
}
