import { TranscodeFailure, TranscoderUnavailable } from '../transcoder.ts';
import { CallBroken, type CoconutAnswer, type CoconutCall, type CoconutRequest } from './coconut-call.ts';
import { meaningOf } from './error-codes.ts';
import { type Members, membersOf, textOf } from './json-members.ts';
import type { Scrub } from './scrub.ts';

/**
 * Calls and has every error be the port's own.
 *
 * @returns the members of a 2xx answer; null for a 404, which says that there is no such job
 * Throws TranscoderUnavailable, and TranscodeFailure where Coconut does not take the order.
 */
export async function callOrThrow(
  call: CoconutCall,
  request: CoconutRequest,
  scrub: Scrub,
): Promise<Members | null> {
  const submits = request.operation === 'create';
  const answer = await call(request).catch((error: unknown) => {
    if (!(error instanceof CallBroken)) throw error;
    const maybeAccepted = submits && error.connected;
    throw new TranscoderUnavailable('transcoder_unreachable', `Coconut did not answer: ${error.message}`, {
      maybeAccepted,
    });
  });
  const members = membersOf(answer.body);
  if (answer.status >= 200 && answer.status < 300 && members) return members;
  if (answer.status === 404 && !submits) return null;
  throw errorOf(answer, members, submits, scrub);
}

function errorOf(
  answer: CoconutAnswer,
  members: Members | null,
  submits: boolean,
  scrub: Scrub,
): TranscodeFailure | TranscoderUnavailable {
  const { status } = answer;
  const retryAfterSeconds = waitOf(answer.retryAfter);
  const code = textOf(members?.error_code);
  const said = [code, textOf(members?.message)].filter((word) => word !== null).join(': ');
  const told = `Coconut answered ${status}${said === '' ? '' : ` ${scrub(said)}`}`;
  if (status === 429) return new TranscoderUnavailable('transcoder_throttled', told, { retryAfterSeconds });
  if (status === 401 || status === 402 || status === 403 || (code && meaningOf(code) === 'account'))
    return new TranscoderUnavailable('transcoder_refused', told, { retryAfterSeconds });
  // A server that fails may fail behind its acceptance; one that says yes in a language of its own has accepted.
  const maybeAccepted = submits && (status >= 500 || status < 300);
  if (!submits || code === null || status >= 500 || status < 400)
    return new TranscoderUnavailable('transcoder_unreachable', told, { retryAfterSeconds, maybeAccepted });
  // The same order would be answered the same.
  return new TranscodeFailure('TRANSCODE_ERROR', told, { isFinal: meaningOf(code) !== 'passing' });
}

/** Seconds of a Retry-After in either form (RFC 9110 section 10.2.3); null where there is none that can be read. */
function waitOf(header: string | null): number | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : Math.max(0, Math.ceil((moment - Date.now()) / 1000));
}
