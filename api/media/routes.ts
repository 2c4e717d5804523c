import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import { Hono } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { DomainError } from '#domain/errors.ts';
import { openMedia } from '#domain/playback/open-media.ts';
import type { ByteRange, StoredObject } from '#providers/storage/object-store.ts';
import { isUnsatisfiable, parseByteRange } from './byte-range.ts';
import { ifRangeHolds, noneMatchNames } from './entity-tags.ts';
import { mediaKeyOf } from './media-key.ts';

/** The version is in the path, so what stands there never changes. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** `/media/{key}`: published objects, streamed out of the media bucket. Only where no CDN does it. */
export function mediaRoutes(platform: Platform) {
  return new Hono<ApiEnvironment>().get('/media/*', async (c) => {
    const key = mediaKeyOf(c.req.raw.url);
    if (key === undefined) throw new DomainError('not_found', 'No media object has this path.');
    return answer(c, platform, key);
  });
}

async function answer(c: Context<ApiEnvironment>, platform: Platform, key: string): Promise<Response> {
  const context = platform.context({ kind: 'system' }, c.get('log'));
  const isHead = c.req.method === 'HEAD';
  const ifNoneMatch = c.req.header('if-none-match');
  const asked = parseByteRange(c.req.header('range'));

  // A condition, a range or a HEAD is settled on the object's facts; only then is its body opened.
  let facts: StoredObject | undefined;
  let range = asked;
  if (isHead || asked || ifNoneMatch !== undefined) {
    facts = (await openMedia(context, { key, headOnly: true })).object;
    const etag = `"${facts.etag}"`;
    if (ifNoneMatch !== undefined && noneMatchNames(ifNoneMatch, etag))
      return c.body(null, 304, { ETag: etag, 'Cache-Control': IMMUTABLE });
    range = rangeThatStands(asked, c.req.header('if-range'), etag);
    if (range && isUnsatisfiable(range, facts.sizeBytes))
      return c.body(null, 416, { 'Content-Range': `bytes */${facts.sizeBytes}` });
    if (isHead) return send(facts, null, rangeWithin(range, facts.sizeBytes));
  }

  const {
    object,
    body,
    range: sent,
  } = await openMedia(context, {
    key,
    ...(range && { range }),
    // The range was settled on these bytes, so it must be these bytes.
    ...(facts && { ifMatch: facts.etag }),
    headOnly: false,
  });
  return send(object, body && (await firstBytes(body)), range ? sent : undefined);
}

function rangeThatStands(asked: ByteRange | undefined, ifRange: string | undefined, etag: string) {
  return ifRange === undefined || ifRangeHolds(ifRange, etag) ? asked : undefined;
}

/** The bytes of a satisfiable range, both ends inclusive. */
function rangeWithin(range: ByteRange | undefined, sizeBytes: number) {
  if (!range) return undefined;
  const start = range.start < 0 ? Math.max(0, sizeBytes + range.start) : range.start;
  return { start, end: Math.min(range.end ?? sizeBytes - 1, sizeBytes - 1) };
}

/**
 * Waits until the body has something to give, so that storage failing at once is a 503 and not a torn 200. Later
 * failures cut the connection, which is the only honest sign left.
 */
async function firstBytes(body: Readable): Promise<Readable> {
  if (!body.readable || body.readableLength > 0) return body;
  const stop = new AbortController();
  try {
    await Promise.race([
      once(body, 'readable', { signal: stop.signal }),
      once(body, 'end', { signal: stop.signal }),
    ]);
    return body;
  } finally {
    stop.abort();
  }
}

function send(
  object: StoredObject,
  body: Readable | null,
  range: { start: number; end: number } | undefined,
): Response {
  const length = range ? range.end - range.start + 1 : object.sizeBytes;
  const headers = new Headers({
    'Content-Type': contentTypeOf(object),
    'Content-Length': String(length),
    'Accept-Ranges': 'bytes',
    'Cache-Control': IMMUTABLE,
    ETag: `"${object.etag}"`,
    'Last-Modified': object.lastModified.toUTCString(),
    'Cross-Origin-Resource-Policy': 'cross-origin',
  });
  if (range) headers.set('Content-Range', `bytes ${range.start}-${range.end}/${object.sizeBytes}`);
  // Readable.toWeb destroys the source when the client goes away, which frees the connection to storage.
  const stream = body ? (Readable.toWeb(body) as ReadableStream<Uint8Array>) : null;
  return new Response(stream, { status: range ? 206 : 200, headers });
}

/** What players and caches expect; storage is asked only for what is not listed. Apple's HLS authoring rules, RFC 8216. */
const CONTENT_TYPES: { readonly [extension: string]: string } = {
  m3u8: 'application/vnd.apple.mpegurl',
  ts: 'video/mp2t',
  m4s: 'video/iso.segment',
  mp4: 'video/mp4',
  jpg: 'image/jpeg',
  vtt: 'text/vtt; charset=utf-8',
};

function contentTypeOf({ key, contentType }: StoredObject): string {
  const extension = key.slice(key.lastIndexOf('.') + 1).toLowerCase();
  return CONTENT_TYPES[extension] ?? contentType ?? 'application/octet-stream';
}
