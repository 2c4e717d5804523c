import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { callApi } from '#scripts/demo/api.ts';
import { signDirectly } from '../api/bare-signing.ts';

const PUTS_AT_ONCE = 4;
const SIGNED_AT_ONCE = 100;

/** The file: the same bytes again and again, so that making them costs nothing. */
export interface BenchFile {
  readonly sizeBytes: number;
  /** As long as a part. */
  readonly part: Uint8Array<ArrayBuffer>;
}

interface Signed {
  readonly partNumber: number;
  readonly uploadUrl: string;
}

interface Session {
  readonly uploadSessionId: string;
  readonly partSizeBytes: number;
  readonly partCount: number;
  readonly parts: readonly Signed[];
}

/** Uploads a file as a client does: create, sign in batches, PUT, complete. Resolves to its seconds. */
export async function uploadThroughSluice(base: string, token: string, file: BenchFile): Promise<number> {
  const source = { sourceMime: 'video/mp4', sourceSizeBytes: file.sizeBytes };
  const call = <T>(path: string, body?: object) => callApi<T>(base, token, 'POST', path, body);
  const startedAt = performance.now();
  const { id } = await call<{ id: string }>('/api/videos', { title: 'A file', ...source });
  const session = await call<Session>(`/api/videos/${id}/uploads`, source);
  if (session.partSizeBytes !== file.part.length)
    throw new Error(`Parts have ${session.partSizeBytes} bytes`);
  const path = `/api/uploads/${session.uploadSessionId}`;
  const urls = new Map(session.parts.map(({ partNumber, uploadUrl }) => [partNumber, uploadUrl]));
  const missing = numbersTo(session.partCount).filter((number) => !urls.has(number));
  for (let from = 0; from < missing.length; from += SIGNED_AT_ONCE) {
    const partNumbers = missing.slice(from, from + SIGNED_AT_ONCE);
    const { parts } = await call<{ parts: Signed[] }>(`${path}/parts`, { partNumbers });
    for (const { partNumber, uploadUrl } of parts) urls.set(partNumber, uploadUrl);
  }
  await putAll(session.partCount, file, (number) => urls.get(number) ?? '');
  await call(`${path}/complete`);
  return (performance.now() - startedAt) / 1000;
}

/** The same file by the S3 API alone: what anybody could do who had the key. Resolves to its seconds. */
export async function uploadToStorage(
  client: S3Client,
  place: { endpoint: string; bucket: string; key: string },
  file: BenchFile,
): Promise<number> {
  const { endpoint, bucket: Bucket, key: Key } = place;
  const sign = signDirectly(client, Bucket, endpoint);
  const partCount = Math.ceil(file.sizeBytes / file.part.length);
  const startedAt = performance.now();
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const urls = await Promise.all(
    numbersTo(partCount).map((partNumber) =>
      sign({ key: Key, uploadId: UploadId, partNumber, sizeBytes: lengthOf(file, partNumber) }),
    ),
  );
  const etags = await putAll(partCount, file, (number) => urls[number - 1] ?? '');
  const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
  await client.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
  return (performance.now() - startedAt) / 1000;
}

async function putAll(
  count: number,
  file: BenchFile,
  urlOf: (partNumber: number) => string,
): Promise<string[]> {
  const waiting = numbersTo(count);
  const etags: string[] = [];
  const lane = async () => {
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
      const body = file.part.subarray(0, lengthOf(file, number));
      const stored = await fetch(urlOf(number), { method: 'PUT', body });
      if (!stored.ok) throw new Error(`Storage answered ${stored.status} to part ${number}`);
      await stored.arrayBuffer();
      etags[number - 1] = stored.headers.get('etag') ?? '';
    }
  };
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, lane));
  return etags;
}

function lengthOf(file: BenchFile, partNumber: number): number {
  return Math.min(file.part.length, file.sizeBytes - (partNumber - 1) * file.part.length);
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
