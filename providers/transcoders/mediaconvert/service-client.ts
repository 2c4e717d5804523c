import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { kindOf, neverSent, portError } from './service-errors.ts';

export interface ServiceOptions {
  readonly region: string;
  /** Left out: the region's own. Accounts have had no endpoint of their own since 2023. */
  readonly endpoint?: string | undefined;
  /** Left out: the SDK's own chain (environment, files, role of the machine). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly limits?: Partial<ServiceLimits>;
}

/** How long the service may take. A call that fails is tried once more at once, and then it is the caller's turn. */
export interface ServiceLimits {
  readonly connectTimeoutMs: number;
  /** One try, until the whole answer is there. */
  readonly answerTimeoutMs: number;
}

const DEFAULT_LIMITS: ServiceLimits = { connectTimeoutMs: 4_000, answerTimeoutMs: 15_000 };

const TRIES = 2;

/** Without a logger the SDK writes warnings to the console; what matters reaches the caller as an error. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** The service as the adapter calls it. */
export interface Service {
  /**
   * Makes a call, twice at most while the service cannot be reached: what reads can be repeated, and CreateJob carries a
   * token that holds for a minute.
   *
   * @param send one try; ends when the signal aborts
   * @param onMissing what a resource that is not there means; left out: an error of the set-up
   * @param onConflict the same for a resource in another state
   * Throws TranscoderUnavailable, and TranscodeFailure for a request that the service does not take.
   */
  call<Answer>(
    action: string,
    send: (client: MediaConvertClient, signal: AbortSignal) => Promise<Answer>,
    expected?: { readonly onMissing?: () => Answer; readonly onConflict?: () => Answer },
  ): Promise<Answer>;
}

/** Opens nothing yet: the first call connects. */
export function mediaConvertService({ region, endpoint, credentials, ...options }: ServiceOptions): Service {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const client = new MediaConvertClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
    // The SDK would sit out a Retry-After of any length; the queue of jobs waits better.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: limits.connectTimeoutMs,
      requestTimeout: limits.answerTimeoutMs,
      throwOnRequestTimeout: true,
      // Node drops an idle socket after this, before the service does.
      httpAgent: { keepAlive: true, timeout: 4_000 },
      httpsAgent: { keepAlive: true, timeout: 4_000 },
    },
    logger: SILENT,
  });
  return {
    async call(action, send, expected = {}) {
      let mayHaveArrived = false;
      for (let made = 1; ; made += 1) {
        try {
          return await send(client, AbortSignal.timeout(limits.answerTimeoutMs));
        } catch (error) {
          const kind = kindOf(error);
          if (kind === 'missing' && expected.onMissing) return expected.onMissing();
          if (kind === 'conflict' && expected.onConflict) return expected.onConflict();
          mayHaveArrived ||= (kind === 'unreachable' || kind === 'conflict') && !neverSent(error);
          if (kind !== 'unreachable' || made === TRIES) throw portError(error, action, mayHaveArrived);
        }
      }
    },
  };
}
