import { randomBytes } from 'node:crypto';

/** Random bytes, of which the first part says that they are an MP4. */
export function bytesOf(partNumber: number, sizeBytes: number): Buffer {
  const bytes = randomBytes(sizeBytes);
  if (partNumber === 1) bytes.write('\0\0\0\x18ftypisom', 'latin1');
  return bytes;
}

/** PUTs to a signed URL. Answers the ETag. */
export async function put(url: string, bytes: Buffer): Promise<string> {
  const response = await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) });
  if (!response.ok) throw new Error(`PUT of a part: ${response.status} ${await response.text()}`);
  return response.headers.get('etag') ?? '';
}
