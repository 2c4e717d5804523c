import { NotificationMalformed, type NotificationRequest, type ProviderNotification } from '../transcoder.ts';
import { requireSecret } from './notification-secret.ts';

const SOURCE = 'aws.mediaconvert';
const DETAIL_TYPE = 'MediaConvert Job State Change';

/** What moves something here. INPUT_INFORMATION, NEW_WARNING and QUEUE_HOP do not. */
const KIND_OF_STATUS: Readonly<Record<string, ProviderNotification['kind']>> = {
  PROGRESSING: 'progress',
  STATUS_UPDATE: 'progress',
  COMPLETE: 'ended',
  ERROR: 'ended',
  CANCELED: 'ended',
};

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * Reads one event as EventBridge delivers it. Members are missing in some of them, so that only the envelope is demanded.
 *
 * @returns null for an event of another service, queue or application, or one that moves nothing
 * Throws NotificationRejected, NotificationMalformed.
 */
export function readNotification(
  { headers, rawBody }: NotificationRequest,
  {
    webhookSecret,
    queueArn,
  }: { readonly webhookSecret?: string | undefined; readonly queueArn?: string | undefined },
): ProviderNotification | null {
  requireSecret(headers, webhookSecret);
  const event = objectFrom(rawBody);
  const { id, source, detail } = event;
  if (typeof id !== 'string' || typeof source !== 'string' || !isObject(detail))
    throw new NotificationMalformed('The body is no event of EventBridge');
  if (source !== SOURCE || event['detail-type'] !== DETAIL_TYPE) return null;
  if (queueArn !== undefined && detail.queue !== queueArn) return null;
  const jobId = isObject(detail.userMetadata) ? detail.userMetadata.jobId : undefined;
  const kind = typeof detail.status === 'string' ? KIND_OF_STATUS[detail.status] : undefined;
  if (typeof jobId !== 'string' || !UUID.test(jobId) || typeof detail.jobId !== 'string' || !kind)
    return null;
  const progressPercent = kind === 'progress' ? percentOf(detail) : null;
  return { eventId: id, jobId: jobId.toLowerCase(), providerJobId: detail.jobId, kind, progressPercent };
}

function percentOf({ jobProgress }: Readonly<Record<string, unknown>>): number | null {
  const percent = isObject(jobProgress) ? jobProgress.jobPercentComplete : undefined;
  return typeof percent === 'number' && percent >= 0 && percent <= 100 ? percent : null;
}

function objectFrom(rawBody: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(rawBody);
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below, as for anything else that is no object.
  }
  throw new NotificationMalformed('The body is no JSON object');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
