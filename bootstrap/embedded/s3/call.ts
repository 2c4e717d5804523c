import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ObjectEventName } from './object-events.ts';
import type { ObjectStore } from './object-store.ts';
import type { StoredObject } from './objects.ts';
import type { SigningContext } from './sigv4.ts';
import { writeXml, type XmlElements } from './xml.ts';

/** One authenticated request, as the operations see it. */
export interface S3Call {
  method: string;
  bucket: string;
  key: string;
  query: URLSearchParams;
  /** Lower-case names. A presigned URL's `x-amz-*` query parameters count as headers, as on AWS. */
  headers: ReadonlyMap<string, string>;
  body: IncomingMessage;
  /** Tells a client that waits for `100 Continue` to send the body. */
  continueBody: () => void;
  response: ServerResponse;
  signing: SigningContext;
  store: ObjectStore;
  publish: (name: ObjectEventName, bucket: string, object: StoredObject) => void;
}

/** Answers 200 with a document. */
export function sendXml(call: S3Call, root: string, elements: XmlElements): void {
  const body = writeXml(root, elements);
  call.response.setHeader('content-type', 'application/xml');
  call.response.setHeader('content-length', Buffer.byteLength(body));
  call.response.writeHead(200).end(body);
}

/** Answers without a body. */
export function sendEmpty(call: S3Call, status: number, headers: Record<string, string> = {}): void {
  call.response.writeHead(status, headers).end();
}

export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** ETags travel in quotes and are stored without. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}
