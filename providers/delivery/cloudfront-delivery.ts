import { randomUUID } from 'node:crypto';
import { CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
import { toDeliveryError } from './cloudfront-errors.ts';
import type { Delivery } from './delivery.ts';
import { keyPath } from './key-path.ts';
import { type Patience, patientCalls } from './patient-calls.ts';
import { type BatchLimits, inBatches } from './prefix-batches.ts';

export interface CloudFrontOptions {
  /** The distribution as players reach it, its own domain or an alias, without a trailing slash. */
  readonly url: string;
  readonly distributionId: string;
  /** Left out: the SDK's own chain (environment, files, role of the machine). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly patience?: Patience;
  readonly batches?: Partial<BatchLimits>;
}

/**
 * A distribution takes 15 wildcards at work at the same time (CloudFront developer guide, "Concurrent invalidation
 * request maximum"). A third of that finds room while others are at work.
 */
const BATCHES: BatchLimits = { prefixesMax: 5, gatherMs: 100, intervalMs: 0 };
const ANSWER_TIMEOUT_MS = 10_000;

/** Delivery by a CloudFront distribution whose origin is the media bucket. Opens nothing yet. */
export function cloudFrontDelivery(options: CloudFrontOptions): Delivery {
  const { url, distributionId, credentials, patience, batches } = options;
  const basePath = new URL(url).pathname.replace(/\/$/, '');
  const client = new CloudFrontClient({
    // CloudFront is one service for all regions, signed for this one.
    region: 'us-east-1',
    ...(credentials && { credentials }),
    maxAttempts: 1,
    logger: SILENT,
  });
  const call = patientCalls(patience);

  async function createInvalidation(prefixes: readonly string[]): Promise<void> {
    // As viewers spell it, under whatever path the distribution is reached.
    const paths = prefixes.map((prefix) => `${basePath}/${keyPath(prefix)}*`);
    const command = new CreateInvalidationCommand({
      DistributionId: distributionId,
      InvalidationBatch: {
        Paths: { Quantity: paths.length, Items: paths },
        // CloudFront carries an order whose reference it knows out once: that may join repetitions of one call, and
        // never two orders, as the second one is for what was cached, or replaced, after the first.
        CallerReference: `sluice-${randomUUID()}`,
      },
    });
    await call(() =>
      client.send(command, { abortSignal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }).then(
        () => undefined,
        (error: unknown) => Promise.reject(toDeliveryError(error, distributionId)),
      ),
    );
  }

  return {
    name: 'cloudfront',
    playbackUrl: (key) => `${url}/${keyPath(key)}`,
    invalidate: inBatches(createInvalidation, { ...BATCHES, ...batches }),
  };
}

// Without a logger the SDK writes warnings to the console; what matters reaches the caller as an error.
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
