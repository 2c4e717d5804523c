/** Takes published objects of the media bucket to viewers. Players never see a storage URL. */
export interface Delivery {
  readonly name: 'local' | 'cloudfront' | 'spaces-cdn';

  /** The address at which players fetch `key`, absolute. Pure: no round trip. */
  playbackUrl(key: string): string;

  /** Drops every cached object whose key begins with `prefix`. Repeatable. Throws DeliveryError. */
  invalidate(prefix: string): Promise<void>;
}

/** The only error that leaves a delivery adapter. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
}
