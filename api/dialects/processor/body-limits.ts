import { DomainError } from '#domain/errors.ts';
import type { Settings } from '#domain/settings.ts';
import type { UploadPolicyName } from '#domain/upload/upload-policies.ts';

/** Whose limits hold for what comes as a body. */
const POLICY: UploadPolicyName = 'signer';
/** What is left of the longest request for the answer: better a refusal of ours than a connection that is cut (R23). */
const ANSWER_SECONDS = 5;

/** How large a file may come as a body: what the policy takes, or less where what stands before us cuts long requests. */
export function bodyMaxBytes({ policies, rawBodyMaxBytes }: Settings): number {
  const { maxSizeBytes } = policies[POLICY];
  return Math.min(maxSizeBytes, rawBodyMaxBytes ?? maxSizeBytes);
}

/** How long it may take to come. */
export function bodyMaxSeconds({ maxRequestSeconds }: Settings): number {
  return Math.max(1, maxRequestSeconds - ANSWER_SECONDS);
}

/** What a larger file is answered with, before it is read or as soon as it is seen. */
export function tooLargeForBody(settings: Settings): DomainError {
  const maxBytes = bodyMaxBytes(settings);
  return inParts(`A file may have ${maxBytes} bytes as a body.`, { maxSizeBytes: maxBytes });
}

/** What a file is answered with that does not come in time. */
export function tooSlowForBody(settings: Settings): DomainError {
  const maxSeconds = bodyMaxSeconds(settings);
  return inParts(`A file may take ${maxSeconds} seconds to come as a body.`, { maxSeconds });
}

function inParts(reason: string, members: Record<string, unknown>): DomainError {
  const createVideo = '/api/videos';
  const startUpload = '/api/videos/{videoId}/uploads';
  return new DomainError(
    'body_too_large',
    `${reason} Send this one in parts: POST ${createVideo} with JSON, POST ${startUpload}, then PUT each part to its URL.`,
    { members: { ...members, createVideo, startUpload } },
  );
}
