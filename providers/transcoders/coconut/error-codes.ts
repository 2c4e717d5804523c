/**
 * What an error of Coconut means for us:
 * - `account`: it does not take our credentials, those of our storage or our webhook's address, or the account is
 *   closed. The same for every job until people act.
 * - `order`: Coconut will never make this of this source. Another transcoder may.
 * - `passing`: another try may do better.
 */
type Meaning = 'account' | 'order' | 'passing';

/**
 * Sources: docs.coconut.co (references, errors), answers recorded by integrations, and for the `source_`, `transcoding_`
 * and `httpstream_` codes the documentation of its first API.
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  authentication_failed: 'account',
  account_suspended: 'account',
  storage_credentials_not_valid: 'account',
  storage_service_not_valid: 'account',
  s3_access_key_id_not_found: 'account',
  notification_not_valid: 'account',
  output_param_not_valid: 'order',
  outputs_out_of_range: 'order',
  params_out_of_range: 'order',
  source_is_not_a_valid_file: 'order',
  transcoding_unsupported_video_codec: 'order',
  transcoding_cant_be_encoded: 'order',
  source_video_too_long__free_plan_limitation: 'order',
  source_http_403_error: 'passing',
  source_http_404_error: 'passing',
  httpstream_packaging_error: 'passing',
};

/** The meaning of a code; null for one that is in no table. */
export function meaningOf(code: string): Meaning | null {
  return Object.hasOwn(MEANINGS, code) ? (MEANINGS[code] ?? null) : null;
}

/** The codes that stand in a text: Coconut has told them as members of their own and within sentences. */
export function codesIn(text: string): string[] {
  return (text.match(/\b[a-z0-9]+(?:_+[a-z0-9]+)+\b/g) ?? []).filter((word) => meaningOf(word) !== null);
}
