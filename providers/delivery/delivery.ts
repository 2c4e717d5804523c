/** Takes published objects of the media bucket to viewers. Players never see a storage URL. */
export interface Delivery {
  readonly name: 'local' | 'cloudfront' | 'spaces-cdn';

  /** The address at which players fetch `key`, absolute. Pure: no round trip. */
  playbackUrl(key: string): string;

  /**
   * Drops every cached object whose key begins with `prefix`; an empty one means all. Repeatable. Resolves when the
   * CDN has taken the order, which it carries out within a minute or so. Throws DeliveryError.
   */
  invalidate(prefix: string): Promise<void>;
}

/** The only error that leaves a delivery adapter. Its message is one line without any secret. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  /** When to try again; null where trying again changes nothing, because somebody has to set it right first. */
  readonly retryAfterSeconds: number | null;

  constructor(message: string, options: { retryAfterSeconds?: number | null; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}
