import { type Delivery, DeliveryError } from './delivery.ts';
import { keyPath } from './key-path.ts';
import { type Patience, patientCalls } from './patient-calls.ts';
import { type BatchLimits, inBatches } from './prefix-batches.ts';

export interface SpacesCdnOptions {
  /** The CDN endpoint as players reach it, its own domain or an alias, without a trailing slash. */
  readonly url: string;
  readonly endpointId: string;
  /** API token with the scope that purges CDN endpoints. */
  readonly token: string;
  readonly patience?: Patience;
  readonly batches?: Partial<BatchLimits>;
}

const API_URL = 'https://api.digitalocean.com';
/**
 * DigitalOcean takes 5 purges in 10 s, 50 files in 20 s, and never the same purge twice at once (API reference, "Purge
 * the cache for an existing CDN endpoint").
 */
const BATCHES: BatchLimits = { prefixesMax: 5, gatherMs: 250, intervalMs: 2100 };
const ANSWER_TIMEOUT_MS = 15_000;
const SOON_SECONDS = 1;
const WINDOW_SECONDS = 10;

/** Delivery by the CDN of a Spaces bucket, which serves only what anybody may read. Opens nothing yet. */
export function spacesCdnDelivery(options: SpacesCdnOptions): Delivery {
  const { url, endpointId, patience, batches } = options;
  const call = patientCalls(patience);
  return {
    name: 'spaces-cdn',
    playbackUrl: (key) => `${url}/${keyPath(key)}`,
    invalidate: inBatches((prefixes) => call(() => purge(options, endpointId, prefixes)), {
      ...BATCHES,
      ...batches,
    }),
  };
}

/** Throws DeliveryError only. */
async function purge(
  { token }: { token: string },
  endpointId: string,
  prefixes: readonly string[],
): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(`${API_URL}/v2/cdn/endpoints/${encodeURIComponent(endpointId)}/cache`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      // Keys as they are in the bucket.
      body: JSON.stringify({ files: prefixes.map((prefix) => `${prefix}*`) }),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    // Read to the end, so that the connection serves the next call; what it says is never passed on.
    await answer.arrayBuffer();
  } catch (error) {
    const { name, cause } = error as { name?: string; cause?: { code?: string } };
    throw new DeliveryError(`DigitalOcean does not answer: ${cause?.code ?? name ?? 'no answer'}`, {
      retryAfterSeconds: SOON_SECONDS,
    });
  }
  if (!answer.ok) throw refusal(answer, endpointId);
}

function refusal({ status, headers }: Response, endpointId: string): DeliveryError {
  switch (status) {
    case 401:
      return new DeliveryError('DigitalOcean does not know the token; look at SPACES_CDN_TOKEN');
    case 403:
      return new DeliveryError(
        'DigitalOcean refused the token of SPACES_CDN_TOKEN: it may not purge CDN endpoints (scope cdn:delete)',
      );
    case 404:
      return new DeliveryError(
        `DigitalOcean has no CDN endpoint ${endpointId}; look at SPACES_CDN_ENDPOINT_ID`,
      );
    case 429:
      return new DeliveryError('DigitalOcean is asked more often than it allows', {
        retryAfterSeconds: retryAfterSeconds(headers.get('retry-after')) ?? WINDOW_SECONDS,
      });
    default:
      return new DeliveryError(`DigitalOcean refused the purge with ${status}`, {
        // 409: the same purge is under way, from another process.
        retryAfterSeconds: status >= 500 || status === 409 || status === 408 ? SOON_SECONDS : null,
      });
  }
}

/** Seconds, the form that this API sends. */
function retryAfterSeconds(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) : null;
}
