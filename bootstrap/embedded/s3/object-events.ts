import type { StoredObject } from './objects.ts';

export type ObjectEventName =
  | 'ObjectCreated:Put'
  | 'ObjectCreated:Copy'
  | 'ObjectCreated:CompleteMultipartUpload'
  | 'ObjectRemoved:Delete';

/** Something that has happened to an object, in the words of S3's event notifications. */
export interface ObjectEvent {
  name: ObjectEventName;
  bucket: string;
  key: string;
  sizeBytes: number;
  /** without quotes */
  etag: string;
  time: Date;
}

export type ObjectListener = (event: ObjectEvent) => void;

/** Tells listeners what was committed. A listener that throws harms neither the request nor other listeners. */
export class ObjectEvents {
  readonly #listeners = new Set<ObjectListener>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Gives the function that ends the subscription. */
  subscribe(listener: ObjectListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  publish(name: ObjectEventName, bucket: string, object: StoredObject): void {
    const { key, sizeBytes, etag } = object;
    for (const listener of this.#listeners)
      try {
        listener({ name, bucket, key, sizeBytes, etag, time: new Date() });
      } catch (error) {
        this.#onError(error);
      }
  }
}
