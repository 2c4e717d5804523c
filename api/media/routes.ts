import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Context } from 'hono';
import { Hono } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { DomainError } from '#domain/errors.ts';
import { openMedia } from '#domain/playback/open-media.ts';
import type { StoredObject } from '#providers/storage/object-store.ts';
import { isStorageError } from '#providers/storage/storage-errors.ts';
import { isEmptySuffix, parseByteRange } from './byte-range.ts';
import { ifRangeHolds, noneMatchNames } from './entity-tags.ts';
import { mediaKeyOf } from './media-key.ts';
import { webStream } from './web-stream.ts';

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
  const ifRange = c.req.header('if-range');
  // RFC 9110 section 14.2: only GET has ranges.
  const asked = isHead ? undefined : parseByteRange(c.req.header('range'));
  const head = async () => (await openMedia(context, { key, headOnly: true })).object;

  let range = asked;
  // Conditions are settled on the object's facts alone, so that nobody opens a body which is not sent.
  if (isHead || ifNoneMatch !== undefined || (asked && ifRange !== undefined)) {
    const object = await head();
    const etag = `"${object.etag}"`;
    if (ifNoneMatch !== undefined && noneMatchNames(ifNoneMatch, etag))
      return c.body(null, 304, { ETag: etag, 'Cache-Control': IMMUTABLE });
    if (isHead) return send(object, null);
    if (ifRange !== undefined && !ifRangeHolds(ifRange, etag)) range = undefined;
  }
  if (range && isEmptySuffix(range)) return unsatisfiable(await head());
  try {
    const opened = await openMedia(context, { key, ...(range && { range }), headOnly: false });
    // Told to the log alone: the status is out by then.
    opened.body?.on('error', (error) => {
      if (isStorageError(error)) c.get('log').warn({ key, reason: error.message }, 'media broke off');
    });
    return send(opened.object, opened.body && (await firstBytes(opened.body)), range && opened.range);
  } catch (error) {
    if (isStorageError(error, 'range_not_satisfiable')) return unsatisfiable(await head());
    throw error;
  }
}

function unsatisfiable({ sizeBytes }: StoredObject): Response {
  return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${sizeBytes}` } });
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

function send(object: StoredObject, body: Readable | null, range?: { start: number; end: number }): Response {
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
  return new Response(body && webStream(body), { status: range ? 206 : 200, headers });
}

/**
 * What players and caches expect, whatever a transcoder told storage. Apple's HLS authoring rules, RFC 8216; for the
 * tracks of CMAF ISO/IEC 23000-19. Storage is asked only for what is not listed.
 */
const CONTENT_TYPES: { readonly [extension: string]: string } = {
  m3u8: 'application/vnd.apple.mpegurl',
  ts: 'video/mp2t',
  m4s: 'video/iso.segment',
  mp4: 'video/mp4',
  cmfv: 'video/mp4',
  cmfa: 'audio/mp4',
  cmft: 'application/mp4',
  aac: 'audio/aac',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  vtt: 'text/vtt; charset=utf-8',
};

function contentTypeOf({ key, contentType }: StoredObject): string {
  const extension = key.slice(key.lastIndexOf('.') + 1).toLowerCase();
  return CONTENT_TYPES[extension] ?? contentType ?? 'application/octet-stream';
}
