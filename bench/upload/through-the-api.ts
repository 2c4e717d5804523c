import { Readable } from 'node:stream';
import { Upload } from 'tus-js-client';

const MIB = 1024 ** 2;
/** What docs/uploading.md advises. */
const TUS_CHUNK_BYTES = 32 * MIB;

/** So many bytes of an MP4's beginning and then anything. */
export function videoStream(sizeBytes: number): Readable {
  const block = Buffer.alloc(MIB, 'anything that is not compressed on its way ');
  const first = Buffer.from(block);
  first.write('\0\0\0\x18ftypisom', 'latin1');
  return Readable.from(blocks());

  function* blocks() {
    for (let sent = 0; sent < sizeBytes; sent += MIB)
      yield (sent === 0 ? first : block).subarray(0, Math.min(MIB, sizeBytes - sent));
  }
}

/** Sends a file through the TUS server with the published client. */
export function sendByTus(base: string, token: string, sizeBytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    new Upload(videoStream(sizeBytes), {
      endpoint: `${base}/api/tus`,
      uploadSize: sizeBytes,
      chunkSize: TUS_CHUNK_BYTES,
      headers: { Authorization: `Bearer ${token}` },
      metadata: { filename: 'file.mp4', filetype: 'video/mp4' },
      onError: reject,
      onSuccess: () => resolve(),
    }).start();
  });
}

/** Sends a file as the body of one POST. */
export async function sendAsBody(base: string, token: string, sizeBytes: number): Promise<void> {
  const response = await fetch(`${base}/api/videos`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'video/mp4',
      'content-length': String(sizeBytes),
    },
    body: Readable.toWeb(videoStream(sizeBytes)) as ReadableStream,
    duplex: 'half',
  });
  if (!response.ok) throw new Error(`The API answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}
