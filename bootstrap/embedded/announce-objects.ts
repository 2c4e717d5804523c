import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '#domain/context.ts';
import type { EmbeddedS3, ObjectEvent } from './s3/server.ts';

/** A slow start of the API, or of its database, is waited for; after that the sweeper finds what nobody was told of. */
const RETRY_WAITS_MS = [250, 500, 1000, 2000, 4000, 8000];
const ANSWER_MAX_MS = 10_000;
/** A client that stores an HLS set makes thousands of objects. */
const EVENTS_PER_REQUEST = 100;
const WAITING_MAX = 10_000;

const REASONS: Readonly<Partial<Record<ObjectEvent['name'], string>>> = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:CompleteMultipartUpload': 'CompleteMultipartUpload',
};

export interface ObjectAnnouncer {
  /** Ends the subscription; what has not been told by now stays untold. */
  stop(): Promise<void>;
}

export interface AnnounceOptions {
  /** The API's `/webhooks/storage`. */
  readonly url: string;
  /** `STORAGE_WEBHOOK_SECRET` */
  readonly secret: string;
  /** Only what is stored here is told. */
  readonly bucket: string;
  readonly log: Log;
  readonly retryWaitsMs?: readonly number[];
}

/**
 * Tells our own API of new objects as EventBridge would, over HTTP: a laptop goes the same way as a cloud. Beside the
 * requests that store objects, never in them; a failure is logged once until it works again.
 */
export function announceObjects(s3: Pick<EmbeddedS3, 'onObject'>, options: AnnounceOptions): ObjectAnnouncer {
  const { bucket, log, retryWaitsMs = RETRY_WAITS_MS } = options;
  const waiting: ObjectEvent[] = [];
  const stopping = new AbortController();
  let isFailing = false;
  let running: Promise<void> | undefined;

  const tellAll = async () => {
    while (waiting.length > 0 && !stopping.signal.aborted) {
      const problem = await tell(
        waiting.splice(0, EVENTS_PER_REQUEST),
        options,
        retryWaitsMs,
        stopping.signal,
      );
      if (problem && !isFailing && !stopping.signal.aborted)
        log.error({ problem }, 'new objects cannot be told to the API; uploads are found later');
      isFailing = problem !== null;
    }
    running = undefined;
  };
  const unsubscribe = s3.onObject((event) => {
    if (event.bucket !== bucket || !REASONS[event.name]) return;
    if (waiting.length === WAITING_MAX) waiting.shift();
    waiting.push(event);
    running ??= tellAll();
  });
  return {
    async stop() {
      unsubscribe();
      stopping.abort();
      await running;
    },
  };
}

/** Resolves to why it failed for good, null when it did not. */
async function tell(
  events: readonly ObjectEvent[],
  { url, secret }: AnnounceOptions,
  retryWaitsMs: readonly number[],
  stopping: AbortSignal,
): Promise<string | null> {
  const body = JSON.stringify(events.map(asEventBridge));
  for (let retry = 0; ; retry += 1) {
    let problem: string;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-sluice-secret': secret },
        body,
        signal: AbortSignal.any([stopping, AbortSignal.timeout(ANSWER_MAX_MS)]),
      });
      await response.arrayBuffer();
      if (response.ok) return null;
      problem = `the API answered ${response.status}`;
      if (response.status < 500 && response.status !== 429) return problem;
    } catch (error) {
      problem = error instanceof Error ? String(error.cause ?? error) : String(error);
    }
    const waitMs = retryWaitsMs[retry];
    if (waitMs === undefined || stopping.aborted) return problem;
    await wait(waitMs, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** The envelope of "Object Created" (Amazon EventBridge, events of S3). */
function asEventBridge({ name, bucket, key, sizeBytes, etag, time }: ObjectEvent): object {
  return {
    version: '0',
    id: crypto.randomUUID(),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    time: time.toISOString(),
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: sizeBytes, etag },
      reason: REASONS[name],
    },
  };
}
