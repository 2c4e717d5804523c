import { pipeline } from 'node:stream/promises';
import { type ByteRange, byteRange } from './byte-range.ts';
import { quoted, type S3Call } from './call.ts';
import type { Piece, StoredObject } from './objects.ts';
import { readCondition } from './read-condition.ts';
import { S3Error } from './s3-error.ts';
import { responseOverrides, storedHeaders } from './stored-headers.ts';

/** GetObject and HeadObject: conditions, one range, one part, `response-*` overrides. */
export async function getObject(call: S3Call): Promise<void> {
  const object = call.store.objects.find(call.bucket, call.key);
  if (!object) throw new S3Error('NoSuchKey');
  const pieces = call.store.objects.pieces(object.id);
  // Held before anything waits, so that an overwrite in the meantime takes no byte away from this reader.
  const release = call.store.files.hold(pieces);
  try {
    await sendObject(call, object, pieces);
  } finally {
    release();
  }
}

async function sendObject(call: S3Call, object: StoredObject, pieces: readonly Piece[]): Promise<void> {
  const { response, query, headers } = call;
  response.setHeader('etag', quoted(object.etag));
  response.setHeader('last-modified', new Date(object.modifiedAtMs).toUTCString());
  const condition = readCondition(headers, 'if-', object);
  if (condition === 'failed') throw new S3Error('PreconditionFailed');
  if (condition === 'unchanged') {
    response.writeHead(304).end();
    return;
  }
  const range = requestedRange(call, object, pieces);
  const { start, end } = range ?? { start: 0, end: object.sizeBytes - 1 };
  const withChecksum = range === undefined && headers.get('x-amz-checksum-mode') === 'ENABLED';
  const answer: Record<string, string | number> = {
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    ...storedHeaders(object.headers, withChecksum),
    ...responseOverrides(query),
    'content-length': end - start + 1,
  };
  if (range) answer['content-range'] = `bytes ${start}-${end}/${object.sizeBytes}`;
  if (query.has('partNumber') && object.etag.includes('-')) answer['x-amz-mp-parts-count'] = pieces.length;
  response.writeHead(range ? 206 : 200, answer);
  if (call.method === 'HEAD' || end < start) response.end();
  else await pipeline(call.store.files.read(pieces, start, end), response);
}

/** From the Range header or ?partNumber; undefined is the whole object. */
function requestedRange(call: S3Call, object: StoredObject, pieces: readonly Piece[]): ByteRange | undefined {
  const rangeHeader = call.headers.get('range');
  const partNumber = call.query.get('partNumber');
  if (partNumber === null) return byteRange(rangeHeader, object.sizeBytes);
  if (rangeHeader !== undefined)
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter.');
  const number = Number(partNumber);
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive.');
  const piece = pieces[number - 1];
  if (!piece) throw new S3Error('InvalidPartNumber');
  const start = pieces.slice(0, number - 1).reduce((sum, before) => sum + before.sizeBytes, 0);
  // An empty object has no byte that a range could name.
  return piece.sizeBytes === 0 ? undefined : { start, end: start + piece.sizeBytes - 1 };
}
