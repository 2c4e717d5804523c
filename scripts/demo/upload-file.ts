import { open } from 'node:fs/promises';
import { callApi } from './api.ts';

const PARALLEL_PARTS = 3;

interface Session {
  uploadSessionId: string;
  partSizeBytes: number;
}
interface Part {
  partNumber: number;
  uploadUrl: string;
}

/**
 * Uploads a file as a phone would: a session, a presigned URL per part, the bytes straight to storage, complete.
 *
 * @param onProgress called with the bytes that storage has taken so far
 */
export async function uploadFile(
  client: { base: string; token: string },
  file: { path: string; sizeBytes: number; mime: string; videoId: string },
  onProgress: (storedBytes: number) => void,
): Promise<void> {
  const { base, token } = client;
  const session = await callApi<Session>(base, token, 'POST', `/api/videos/${file.videoId}/uploads`, {
    sourceMime: file.mime,
    sourceSizeBytes: file.sizeBytes,
  });
  const partCount = Math.ceil(file.sizeBytes / session.partSizeBytes);
  const numbers = Array.from({ length: partCount }, (_, i) => i + 1);
  let storedBytes = 0;
  await using handle = await open(file.path);
  const sendNext = async (): Promise<void> => {
    for (let partNumber = numbers.shift(); partNumber !== undefined; partNumber = numbers.shift()) {
      const offset = (partNumber - 1) * session.partSizeBytes;
      const bytes = Buffer.alloc(Math.min(session.partSizeBytes, file.sizeBytes - offset));
      await handle.read(bytes, 0, bytes.length, offset);
      const part = await callApi<Part>(base, token, 'POST', `/api/uploads/${session.uploadSessionId}/parts`, {
        partNumber,
      });
      const stored = await fetch(part.uploadUrl, { method: 'PUT', body: bytes });
      if (!stored.ok) throw new Error(`Storage answered ${stored.status} to part ${partNumber}`);
      storedBytes += bytes.length;
      onProgress(storedBytes);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_PARTS }, sendNext));
  await callApi(base, token, 'POST', `/api/uploads/${session.uploadSessionId}/complete`);
}
