import type { Readable } from 'node:stream';

/** One object as storage reports it. `etag` comes without quotes. */
export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType?: string;
  readonly cacheControl?: string;
  /** Only where HEAD says so: an object that cannot be read, and whether storage is bringing it back. */
  readonly archive?: ArchiveState;
}

/** `archived`: reading it throws ObjectArchived until it is restored. `restoring`: that was asked for, and takes hours. */
export type ArchiveState = 'archived' | 'restoring';

/** One part of an open multipart upload. `etag` comes without quotes. */
export interface StoredPart {
  readonly partNumber: number;
  readonly sizeBytes: number;
  readonly etag: string;
}

/** An open multipart upload. */
export interface OpenMultipart {
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedAt: Date;
}

/** A URL that lets its holder do one thing until `expiresAt`. */
export interface SignedUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

/** Bytes `start` to `end`, both inclusive. `end` left out: to the end. A negative `start`: the last |start| bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/** A readable object or a range of one. `object.sizeBytes` is that of the whole object. */
export interface ObjectBody {
  readonly object: StoredObject;
  readonly range: { readonly start: number; readonly end: number };
  readonly body: Readable;
}

/**
 * One bucket of an S3-compatible store, in our words. Every call is bounded in time, retried with jitter where storage
 * says "later" (5xx, 429, SlowDown, cut connections), and throws only the errors of `storage-errors.ts`.
 */
export interface ObjectStore {
  readonly bucket: string;

  /**
   * Signs a PUT of the whole object. Length and type, when given, are part of the signature: the client has to send
   * exactly these. No checksum is baked in. Like every signed URL it may end sooner than asked, with the key it was
   * signed with: `expiresAt` tells.
   */
  presignPut(
    key: string,
    options: { urlTtlSeconds: number; contentType?: string; sizeBytes?: number },
  ): Promise<SignedUrl>;

  /** Signs a GET; with `attachmentFilename` the browser saves instead of showing. */
  presignGet(
    key: string,
    options: { urlTtlSeconds: number; attachmentFilename?: string },
  ): Promise<SignedUrl>;

  /** Signs a PUT of one part whose exact length is part of the signature. Pure computation, no round trip. */
  presignPart(
    key: string,
    uploadId: string,
    partNumber: number,
    options: { urlTtlSeconds: number; sizeBytes?: number },
  ): Promise<SignedUrl>;

  /** Opens a multipart upload. Resolves to storage's upload id. */
  createMultipart(key: string, options: { contentType: string; cacheControl?: string }): Promise<string>;

  /** Stores one part from here. Throws MultipartNotFound. */
  putPart(
    key: string,
    uploadId: string,
    partNumber: number,
    body: Uint8Array,
    options?: { signal?: AbortSignal },
  ): Promise<StoredPart>;

  /** All parts in order of number, over all pages. Throws MultipartNotFound. */
  listParts(key: string, uploadId: string): Promise<StoredPart[]>;

  /**
   * Joins the parts into the object. Again for the same upload it answers the same object: where storage no longer
   * knows the upload, the object that stands at `key` is taken when its size and multipart ETag are the expected ones.
   * Throws PartsRejected when a part is missing or has another ETag, MultipartNotFound when neither stands there.
   */
  completeMultipart(key: string, uploadId: string, parts: readonly StoredPart[]): Promise<StoredObject>;

  /** Drops the upload and its parts, again until storage knows nothing of it. An unknown upload is not an error. */
  abortMultipart(key: string, uploadId: string): Promise<void>;

  /**
   * Open multipart uploads whose key begins with `prefix`; on servers whose listing is limited (`s3-vendors.ts`) only
   * the first page, or only those whose whole key is `prefix`.
   */
  listMultiparts(prefix: string): AsyncIterable<OpenMultipart>;

  /** Throws ObjectNotFound, for a missing bucket too: a HEAD cannot tell them apart. */
  head(key: string): Promise<StoredObject>;

  /**
   * Throws ObjectNotFound; ObjectChanged when `ifMatch` is not the object's ETag; RangeNotSatisfiable; ObjectArchived.
   */
  get(
    key: string,
    options?: { range?: ByteRange; ifMatch?: string; signal?: AbortSignal },
  ): Promise<ObjectBody>;

  /** Stores the whole object or nothing. A stream needs `sizeBytes`, is sent once and is destroyed when that fails. */
  put(
    key: string,
    body: Readable | Uint8Array | string,
    options: { contentType: string; sizeBytes?: number; cacheControl?: string; signal?: AbortSignal },
  ): Promise<{ etag: string }>;

  /**
   * Copies an object of the same store into this bucket, only while its ETag is `source.etag` (CopySourceIfMatch), by
   * parts above 5 GiB. Throws ObjectNotFound, ObjectChanged, ObjectArchived.
   */
  copyFrom(
    source: { bucket: string; key: string; etag: string; sizeBytes: number },
    key: string,
    options: { contentType: string; cacheControl?: string },
  ): Promise<StoredObject>;

  /**
   * Asks storage to bring an archived object back, which takes hours; one that can be read, and one that is on its way,
   * are left alone. Resolves to how it stands then, undefined when it can be read.
   *
   * @param days how long the copy stays readable, in classes that lend one
   * Throws ObjectNotFound, RestoreUnsupported.
   */
  restore(key: string, options: { days: number }): Promise<ArchiveState | undefined>;

  /** Objects whose key begins with `prefix`, in key order, over all pages. */
  list(prefix: string): AsyncIterable<StoredObject>;

  /** A missing key is not an error. Throws when any key could not be deleted. */
  deleteMany(keys: readonly string[]): Promise<void>;
}
