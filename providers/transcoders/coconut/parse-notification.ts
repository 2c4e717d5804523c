import { NotificationMalformed, type ProviderNotification } from '../transcoder.ts';
import { type Members, membersOf, percentOf, textOf } from './json-members.ts';

/** Coconut's ids are short; what is longer would only fill the database. */
const JOB_ID_MAX_LENGTH = 255;

/** The five events of its API (docs.coconut.co/jobs/notification). */
const EVENTS: Readonly<Record<string, ProviderNotification['kind']>> = {
  'input.transferred': 'progress',
  'output.completed': 'progress',
  // The job goes on with its other outputs and ends as failed.
  'output.failed': 'progress',
  'job.completed': 'ended',
  'job.failed': 'ended',
};

/** The words of the plain form, `{ job_id, status, outputs }`. */
const PLAIN_STATUSES: Readonly<Record<string, ProviderNotification['kind']>> = {
  ...EVENTS,
  processing: 'progress',
  completed: 'ended',
  failed: 'ended',
};

/**
 * Reads an authentic body: Coconut's envelope `{ job_id, event, data }`, or the plain form of the direct contract's
 * document. Other members may be there or not, of whatever kind: nothing but the job's name and what has it asked about is
 * taken from them. Null for an event that is none of these. Throws NotificationMalformed.
 */
export function readNotification(jobId: string, rawBody: string): ProviderNotification | null {
  const body = membersOf(parsed(rawBody));
  const providerJobId = textOf(body?.job_id);
  if (!body || providerJobId === null || providerJobId.length > JOB_ID_MAX_LENGTH)
    throw new NotificationMalformed('The body names no job of Coconut');
  const kind = kindOf(body);
  if (kind === null) return null;
  return { eventId: null, jobId, providerJobId, kind, progressPercent: progressOf(body) };
}

function kindOf({ event, status }: Members): ProviderNotification['kind'] | null {
  const [words, word] = event === undefined ? [PLAIN_STATUSES, status] : [EVENTS, event];
  if (typeof word !== 'string') throw new NotificationMalformed('The body has neither an event nor a status');
  return Object.hasOwn(words, word) ? (words[word] ?? null) : null;
}

/** The progress of an input is that of its transfer alone. */
function progressOf({ event, data, progress }: Members): number | null {
  if (event === 'input.transferred') return null;
  return percentOf(event === undefined ? progress : membersOf(data)?.progress);
}

function parsed(rawBody: string): unknown {
  try {
    return JSON.parse(rawBody);
  } catch (error) {
    throw new NotificationMalformed('The body is no JSON', { cause: error });
  }
}
