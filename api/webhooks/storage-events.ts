import { z } from '@hono/zod-openapi';
import type { CreatedObject } from '#domain/upload/receive-storage-event.ts';

/** EventBridge, "Object Created" of S3: the key comes as it is. */
const EventBridgeEvent = z.looseObject({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  detail: z.looseObject({
    bucket: z.looseObject({ name: z.string() }),
    object: z.looseObject({ key: z.string() }),
    reason: z.string().optional(),
  }),
});

/** S3's classic notifications, and those of servers that took them over: the key comes as in a URL's query. */
const NotificationRecord = z.looseObject({
  eventName: z.string(),
  s3: z.looseObject({
    bucket: z.looseObject({ name: z.string() }),
    object: z.looseObject({ key: z.string() }),
  }),
});

/**
 * The objects that a storage says were created, in either form, one event or many. What is no such event (a test message,
 * a deletion, something new) is left out: it is no fault of its sender's.
 */
export function createdObjects(body: unknown): CreatedObject[] {
  const events: unknown[] = Array.isArray(body) ? body : [body];
  return events.flatMap((event) => {
    const records = isObject(event) && Array.isArray(event.Records) ? event.Records : null;
    return records ? records.flatMap(fromRecord) : fromEventBridge(event);
  });
}

function fromEventBridge(event: unknown): CreatedObject[] {
  const { data } = EventBridgeEvent.safeParse(event);
  if (!data) return [];
  const { bucket, object, reason } = data.detail;
  return [{ bucket: bucket.name, key: object.key, isCopy: reason === 'CopyObject' }];
}

function fromRecord(record: unknown): CreatedObject[] {
  const { data } = NotificationRecord.safeParse(record);
  // MinIO writes `s3:ObjectCreated:Put` where AWS writes `ObjectCreated:Put`.
  const [, how] = /^(?:s3:)?ObjectCreated:(.+)$/.exec(data?.eventName ?? '') ?? [];
  if (!data || how === undefined) return [];
  const key = decodedKey(data.s3.object.key);
  return key === null ? [] : [{ bucket: data.s3.bucket.name, key, isCopy: how === 'Copy' }];
}

/** `a+b%2Fc` -> `a b/c`; null for what is no such spelling. */
function decodedKey(key: string): string | null {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
