import { type S3Call, sendEmpty, sendXml } from './call.ts';
import { readText } from './payload.ts';
import { S3Error } from './s3-error.ts';
import { childrenOf, readXml, textOf } from './xml.ts';

const MAX_KEYS = 1000;
/** A thousand keys of 1024 bytes, each character written as an entity. */
const MAX_DOCUMENT_BYTES = 8 * 1024 ** 2;

/** DeleteObject: 204 whether or not there was something. */
export function deleteObject(call: S3Call): void {
  if (call.headers.has('if-match')) throw new S3Error('NotImplemented', 'If-Match of a DELETE.');
  remove(call, call.key);
  sendEmpty(call, 204);
}

/** DeleteObjects: at most 1000 keys, none of which needs to exist. */
export async function deleteObjects(call: S3Call): Promise<void> {
  const document = readXml(await readText(call, MAX_DOCUMENT_BYTES), 'Delete');
  const objects = childrenOf(document, 'Object');
  if (objects.length === 0 || objects.length > MAX_KEYS) throw new S3Error('MalformedXML');
  if (objects.some((object) => textOf(object, 'VersionId') ?? textOf(object, 'ETag')))
    throw new S3Error('NotImplemented', 'Deleting by version or ETag is not implemented here.');
  const keys = objects.map((object) => textOf(object, 'Key') ?? '');
  if (keys.includes('')) throw new S3Error('MalformedXML');
  for (const key of keys) remove(call, key);
  const quiet = textOf(document, 'Quiet')?.trim() === 'true';
  sendXml(call, 'DeleteResult', { Deleted: quiet ? undefined : keys.map((key) => ({ Key: key })) });
}

function remove(call: S3Call, key: string): void {
  const removed = call.store.removeObject(call.bucket, key);
  if (removed) call.publish('ObjectRemoved:Delete', call.bucket, removed);
}
