import {
  NotificationMalformed,
  NotificationRejected,
  type NotificationRequest,
  notifies,
  type ProviderNotification,
  type RemoteTranscoderName,
} from '#providers/transcoders/transcoder.ts';
import type { Needs } from '../context.ts';
import { DomainError } from '../errors.ts';
import { transaction } from '../transaction.ts';
import { putIntoInbox } from './provider-inbox.ts';

type Context = Needs<'em' | 'transcoders' | 'enqueue' | 'metrics'>;

/** What is kept of a notification. Never its URL or its body: they carry secrets and signed addresses. */
export interface StoredNotification {
  readonly kind: ProviderNotification['kind'];
  readonly providerJobId: string;
  readonly progressPercent: number | null;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Ids of providers are short and plain; what is not cannot be one. */
const PROVIDER_JOB_ID = /^[\x21-\x7e]{1,255}$/;

/**
 * Takes one webhook request of a transcoder that works elsewhere: proves who sent it, puts it into the inbox once, and
 * has it applied by a job. Nothing else is touched, so the answer is quick (R15).
 *
 * Throws DomainError `not_found` where that transcoder is not set up, `unauthenticated`, `malformed_json`,
 * `invalid_request`.
 */
export async function receiveProviderNotification(
  context: Context,
  { provider, request }: { provider: RemoteTranscoderName; request: NotificationRequest },
): Promise<void> {
  const notification = await authenticated(context, provider, request);
  const result = notification ? await store(context, provider, notification, request.rawBody) : 'ignored';
  context.metrics.webhookReceived(provider, result);
}

async function authenticated(
  { transcoders, metrics }: Context,
  provider: RemoteTranscoderName,
  request: NotificationRequest,
): Promise<ProviderNotification | null> {
  const transcoder = transcoders.configured.includes(provider) ? transcoders.get(provider) : null;
  if (!transcoder || !notifies(transcoder))
    throw new DomainError('not_found', `${provider} is not set up here.`);
  try {
    return await transcoder.parseNotification(request);
  } catch (error) {
    metrics.webhookReceived(provider, 'refused');
    if (error instanceof NotificationRejected)
      throw new DomainError('unauthenticated', `This is not provably a request of ${provider}.`);
    if (!(error instanceof NotificationMalformed)) throw error;
    if (isJson(request.rawBody)) throw new DomainError('invalid_request', error.message);
    throw new DomainError('malformed_json', 'The body is not valid JSON.');
  }
}

async function store(
  { em, enqueue }: Context,
  provider: RemoteTranscoderName,
  { eventId, jobId, kind, providerJobId, progressPercent }: ProviderNotification,
  rawBody: string,
): Promise<'accepted' | 'duplicate' | 'ignored'> {
  if (!UUID.test(jobId) || !PROVIDER_JOB_ID.test(providerJobId)) return 'ignored';
  return transaction(em, async (tx) => {
    const [job] = await tx.execute<{ video_id: string }[]>(
      'select video_id from transcode_jobs where id = ? and provider = ?',
      [jobId, provider],
    );
    // Of a video that is gone, or of another deployment that shares the account.
    if (!job) return 'ignored';
    const body: StoredNotification = { kind, providerJobId, progressPercent };
    return putIntoInbox(tx, enqueue, {
      provider,
      eventId,
      submission: jobId,
      rawBody,
      videoId: job.video_id,
      jobId,
      body,
    });
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
