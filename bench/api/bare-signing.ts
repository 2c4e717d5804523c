import { type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl, S3RequestPresigner } from '@aws-sdk/s3-request-presigner';

export interface PartToSign {
  readonly key: string;
  readonly uploadId: string;
  readonly partNumber: number;
  /** Signed with the URL. */
  readonly sizeBytes: number;
}

/** Resolves to a URL that lives for an hour. */
export type SignPart = (part: PartToSign) => Promise<string>;

const URL_TTL_SECONDS = 3600;
const SIGNED_HEADERS = { signableHeaders: new Set(['content-length']) };

/** As the SDK's documentation shows it. */
export function signPerDocumentation(client: S3Client, bucket: string): SignPart {
  return ({ key, uploadId, partNumber, sizeBytes }) =>
    getSignedUrl(
      client,
      new UploadPartCommand({
        Bucket: bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: partNumber,
        ContentLength: sizeBytes,
      }),
      { expiresIn: URL_TTL_SECONDS, ...SIGNED_HEADERS },
    );
}

/** The SDK's signer without the client around it. */
export function signDirectly(client: S3Client, bucket: string, endpoint: string): SignPart {
  const { hostname, port, protocol, host } = new URL(endpoint);
  const signer = new S3RequestPresigner(client.config);
  return async ({ key, uploadId, partNumber, sizeBytes }) => {
    const path = `/${bucket}/${key}`;
    const { query = {} } = await signer.presign(
      {
        method: 'PUT',
        protocol,
        hostname,
        port: Number(port),
        path,
        query: { partNumber: String(partNumber), uploadId },
        headers: { host, 'content-length': String(sizeBytes) },
      },
      { expiresIn: URL_TTL_SECONDS, ...SIGNED_HEADERS },
    );
    return `${protocol}//${host}${path}?${new URLSearchParams(query as Record<string, string>)}`;
  };
}
