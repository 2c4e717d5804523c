import { TranscodeFailure, TranscoderUnavailable } from '../transcoder.ts';
import { codesIn, meaningOf } from './error-codes.ts';
import { listOf, type Members, membersOf, percentOf, textOf } from './json-members.ts';
import type { Scrub } from './scrub.ts';

/** How a job stands, from `GET /v2/jobs/{id}`. */
export type JobReport =
  | { readonly state: 'running'; readonly progressPercent: number }
  | { readonly state: 'completed' }
  | { readonly state: 'canceled' }
  | { readonly state: 'failed'; readonly error: TranscodeFailure };

/**
 * Reads the answer about a job. A status that we have not heard of is one on the way. Throws TranscoderUnavailable for an
 * answer that is none about a job.
 */
export function readJobReport(job: Members, scrub: Scrub): JobReport {
  const status = textOf(job.status);
  if (status === null)
    throw new TranscoderUnavailable('transcoder_unreachable', 'Coconut answered without a status');
  switch (status) {
    case 'job.completed':
      return { state: 'completed' };
    case 'job.canceled':
    case 'job.cancelled':
      return { state: 'canceled' };
    case 'job.failed':
      return { state: 'failed', error: failureOf(job, scrub) };
    default:
      return { state: 'running', progressPercent: percentOf(job.progress) ?? 0 };
  }
}

/** The reasons stand with the outputs that failed, or with the input, or on top, as code, as sentence or as both. */
function failureOf(job: Members, scrub: Scrub): TranscodeFailure {
  const outputs = listOf(job.outputs)
    .map(membersOf)
    .filter((output) => output !== null);
  const input = membersOf(job.input);
  const parts: [string, Members][] = [
    ...outputs.map((output): [string, Members] => [`${textOf(output.key) ?? 'an output'}: `, output]),
    ...(input ? [['input: ', input] satisfies [string, Members]] : []),
    ['', job],
  ];
  const reasons = parts.flatMap(([of, { error_code, error, message }]) => {
    const words = [textOf(error_code), textOf(error) ?? textOf(message)].filter((word) => word !== null);
    return words.length === 0 ? [] : [of + words.join(' ')];
  });
  const codes = reasons.flatMap(codesIn);
  const isFinal = codes.some((code) => meaningOf(code) !== 'passing');
  const told = reasons.length === 0 ? 'it gave no reason' : scrub(reasons.join('; '));
  return new TranscodeFailure('TRANSCODE_ERROR', `Coconut failed: ${told}`, { isFinal });
}
