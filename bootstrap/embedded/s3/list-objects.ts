import { isoTime, quoted, type S3Call, sendXml } from './call.ts';
import type { StoredObject } from './objects.ts';
import { type Page, pageOf, pageSize } from './paging.ts';
import { S3Error } from './s3-error.ts';
import { encodeUriPath } from './uri.ts';
import type { XmlElements } from './xml.ts';

/** ListObjectsV2, and ListObjects where list-type is absent. */
export function listObjects(call: S3Call): void {
  const { query, bucket } = call;
  const listType = query.get('list-type');
  if (listType !== null && listType !== '2') throw new S3Error('InvalidArgument', 'list-type must be 2.');
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = pageSize(query, 'max-keys');
  const after = (listType ? continueAfter(query) : query.get('marker')) ?? '';
  // start-after may name a prefix that was never shown; a token or a marker comes from the page before.
  const shownPrefix = listType && !query.has('continuation-token') ? '' : after;
  const rows = call.store.objects.from(bucket, after, prefix);
  const page = pageOf(rows, { prefix, delimiter, maxEntries: maxKeys, shownPrefix });
  const encode = keyEncoder(query);
  sendXml(call, 'ListBucketResult', {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: maxKeys,
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: page.truncated,
    ...(listType ? pagingV2(query, page, encode) : pagingV1(after, delimiter, page, encode)),
    Contents: page.items.map((object) => ({
      Key: encode(object.key),
      LastModified: isoTime(object.modifiedAtMs),
      ETag: quoted(object.etag),
      Size: object.sizeBytes,
      StorageClass: 'STANDARD',
      Owner: query.get('fetch-owner') === 'true' || !listType ? { ID: 'local' } : undefined,
    })),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  });
}

/** How keys are written: percent-encoded where the client asks, because XML cannot hold every character. */
export function keyEncoder(query: URLSearchParams): (key: string) => string {
  const encoding = query.get('encoding-type');
  if (encoding !== null && encoding !== 'url')
    throw new S3Error('InvalidArgument', 'encoding-type must be url.');
  return encoding === 'url' ? encodeUriPath : (key) => key;
}

function pagingV2(
  query: URLSearchParams,
  page: Page<StoredObject>,
  encode: (key: string) => string,
): XmlElements {
  const startAfter = query.get('start-after');
  return {
    KeyCount: page.items.length + page.commonPrefixes.length,
    StartAfter: startAfter === null ? undefined : encode(startAfter),
    ContinuationToken: query.get('continuation-token') ?? undefined,
    NextContinuationToken: page.truncated ? Buffer.from(page.nextAfter).toString('base64url') : undefined,
  };
}

function pagingV1(
  marker: string,
  delimiter: string,
  page: Page<StoredObject>,
  encode: (key: string) => string,
): XmlElements {
  return {
    Marker: encode(marker),
    NextMarker: page.truncated && delimiter !== '' ? encode(page.nextAfter) : undefined,
  };
}

function continueAfter(query: URLSearchParams): string | null {
  const token = query.get('continuation-token');
  if (token === null) return query.get('start-after');
  const after = Buffer.from(token, 'base64url').toString();
  if (after === '' || Buffer.from(after).toString('base64url') !== token)
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect.');
  return after;
}
