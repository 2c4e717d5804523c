import { isAwsEndpoint } from '#providers/storage/s3-vendors.ts';
import type { GivenVariables, VariableProblem } from './config-problem.ts';

/** Access keys of a session begin so (IAM user guide, "Understanding unique ID prefixes"). */
const OF_A_SESSION = 'ASIA';

/**
 * A key that signs URLs is a whole one, of a storage that knows it, and outlives what it signs.
 *
 * @param isEmbedded nothing names a storage
 */
export function signingKeyProblems(
  given: GivenVariables,
  { isEmbedded }: { isEmbedded: boolean },
): VariableProblem[] {
  const { S3_SIGNING_ACCESS_KEY_ID: id, S3_SIGNING_SECRET_ACCESS_KEY: secret } = given;
  if (id === undefined && secret === undefined) return [];
  if (id === undefined)
    return [
      {
        name: 'S3_SIGNING_ACCESS_KEY_ID',
        problem: 'is not set, but S3_SIGNING_SECRET_ACCESS_KEY is: set both',
      },
    ];
  if (secret === undefined)
    return [
      {
        name: 'S3_SIGNING_SECRET_ACCESS_KEY',
        problem: 'is not set, but S3_SIGNING_ACCESS_KEY_ID is: set both',
      },
    ];
  const problem = problemOf(id, given, isEmbedded);
  return problem === null ? [] : [{ name: 'S3_SIGNING_ACCESS_KEY_ID', problem }];
}

function problemOf(id: string, given: GivenVariables, isEmbedded: boolean): string | null {
  if (isEmbedded)
    return 'must not be set with the embedded storage: it knows one key, and refuses what another one signs';
  if (id === given.S3_ACCESS_KEY_ID)
    return 'must be another key than S3_ACCESS_KEY_ID, which signs where this one is left out';
  const isAtAws = given.S3_ENDPOINT === undefined || isAwsEndpoint(given.S3_ENDPOINT);
  if (isAtAws && id.startsWith(OF_A_SESSION))
    return "must be a user's key, which lasts: one of a session (ASIA...) needs its token, and ends with it";
  return null;
}
