import { Readable } from 'node:stream';

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

/**
 * Sends a file through the TUS server, one PATCH a chunk. By the bare protocol: the published client glues its chunks
 * together in Node so slowly that nothing else would be measured.
 */
export async function sendByTus(base: string, token: string, sizeBytes: number): Promise<void> {
  const tus = { 'tus-resumable': '1.0.0' };
  const named = (text: string) => Buffer.from(text).toString('base64');
  const created = await fetch(`${base}/api/tus`, {
    method: 'POST',
    headers: {
      ...tus,
      authorization: `Bearer ${token}`,
      'upload-length': String(sizeBytes),
      'upload-metadata': `filename ${named('file.mp4')},filetype ${named('video/mp4')}`,
    },
  });
  const location = created.headers.get('location');
  if (!location) throw new Error(`The API answered ${created.status}: ${await created.text()}`);
  const url = new URL(location, base);
  const chunk = new Uint8Array(TUS_CHUNK_BYTES);
  for (let offset = 0; offset < sizeBytes; offset += TUS_CHUNK_BYTES) {
    const sent = await fetch(url, {
      method: 'PATCH',
      headers: { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
      body: chunk.subarray(0, Math.min(TUS_CHUNK_BYTES, sizeBytes - offset)),
    });
    if (sent.status !== 204) throw new Error(`The API answered ${sent.status}: ${await sent.text()}`);
  }
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
