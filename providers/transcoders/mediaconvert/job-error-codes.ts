import { TranscodeFailure } from '../transcoder.ts';
import { scrubbed } from './scrubbed.ts';

/** What the code of a failed job says. */
interface JobErrorRule {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  /** False: the same job may well succeed the next time. */
  readonly isFinal: boolean;
  /** For people, before the service's own words. */
  readonly hint: string;
}

/**
 * By the user guide's list of error codes, first match first. The service says which codes there are, not which of them
 * pass: those that speak of the service itself or of the way to storage do. All others give the same again.
 */
const RULES: readonly JobErrorRule[] = [
  { from: 1010, to: 1010, isFinal: true, hint: 'the source cannot be opened; may the role read it?' },
  { from: 1401, to: 1404, isFinal: true, hint: 'the role may not reach a bucket, or it is not there' },
  { from: 1550, to: 1550, isFinal: false, hint: 'accelerated transcoding failed' },
  { from: 1999, to: 1999, isFinal: false, hint: 'the service failed' },
  { from: 3400, to: 3499, isFinal: false, hint: 'the way to storage failed; may the role read and write?' },
  { from: 3999, to: 3999, isFinal: false, hint: 'the service failed' },
];

const UNLISTED: Omit<JobErrorRule, 'from' | 'to'> = { isFinal: true, hint: 'the job cannot be done' };

/** The failure of a job in state ERROR. Without a code, another try is worth it. */
export function jobFailure(code: number | undefined, message: string | undefined): TranscodeFailure {
  const rule = RULES.find(({ from, to }) => code !== undefined && code >= from && code <= to) ?? UNLISTED;
  const detail = `MediaConvert error ${code ?? 'without a code'}: ${rule.hint}. ${scrubbed(message ?? '')}`;
  return new TranscodeFailure('TRANSCODE_ERROR', detail.trim(), {
    isFinal: code !== undefined && rule.isFinal,
  });
}
