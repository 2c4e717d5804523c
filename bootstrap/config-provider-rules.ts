import { isAwsEndpoint } from '#providers/storage/s3-vendors.ts';
import type { RemoteTranscoderName } from '#providers/transcoders/transcoder.ts';
import type { GivenVariables, VariableProblem } from './config-problem.ts';
import type { VariableName } from './config-schema.ts';

/** What each transcoder elsewhere cannot do without. The first one says whether it is used at all. */
const NEEDED: Readonly<Record<RemoteTranscoderName, readonly [VariableName, ...VariableName[]]>> = {
  coconut: [
    'COCONUT_API_KEY',
    'COCONUT_STORAGE_ACCESS_KEY_ID',
    'COCONUT_STORAGE_SECRET_ACCESS_KEY',
    'COCONUT_WEBHOOK_SECRET',
  ],
  mediaconvert: ['MEDIACONVERT_ROLE_ARN'],
};

/** Transcoders that are named but not set up, or set up by half. */
export function transcoderProblems(given: GivenVariables): VariableProblem[] {
  const problems: VariableProblem[] = [];
  const named = new Set([given.TRANSCODER, given.TRANSCODER_FALLBACK]);
  for (const [name, needed] of Object.entries(NEEDED)) {
    if (!named.has(name) && !given[needed[0]]) continue;
    for (const variable of needed)
      if (!given[variable]) problems.push({ name: variable, problem: `is not set; ${name} needs it` });
  }
  const first = given.TRANSCODER ?? 'ffmpeg';
  if (given.TRANSCODER_FALLBACK === first)
    problems.push({ name: 'TRANSCODER_FALLBACK', problem: `must be another one than TRANSCODER (${first})` });
  if (given.TRANSCODER_STORAGE === 'second' && !given.SECOND_STORAGE)
    problems.push({ name: 'TRANSCODER_STORAGE', problem: 'is second, but SECOND_STORAGE is not set' });
  if (given.MEDIACONVERT_ROLE_ARN && !given.MEDIACONVERT_ENDPOINT && !isOnAws(given))
    problems.push({
      name: 'MEDIACONVERT_ROLE_ARN',
      problem:
        'must not be set with storage outside AWS, such as the embedded one: MediaConvert reads and writes Amazon S3 only',
    });
  return problems;
}

/** Policies that name a transcoder which nothing else names and which is not set up. */
export function policyTranscoderProblems(given: GivenVariables): VariableProblem[] {
  return Object.entries(policiesIn(given.UPLOAD_POLICIES)).flatMap(([policy, override]) => {
    const name = override?.transcoder;
    if (name !== 'coconut' && name !== 'mediaconvert') return [];
    const [first] = NEEDED[name];
    if (given[first] || given.TRANSCODER === name || given.TRANSCODER_FALLBACK === name) return [];
    const problem = `has ${name} transcode for the policy ${policy}, which is not set up: set ${first}`;
    return [{ name: 'UPLOAD_POLICIES' as const, problem }];
  });
}

/** What is no JSON object of this form is the schema's to refuse. */
function policiesIn(json = '{}'): Readonly<Record<string, { readonly transcoder?: unknown } | null>> {
  try {
    return Object(JSON.parse(json));
  } catch {
    return {};
  }
}

const CDN_NEEDS = {
  cloudfront: ['CLOUDFRONT_URL', 'CLOUDFRONT_DISTRIBUTION_ID'],
  'spaces-cdn': ['SPACES_CDN_URL', 'SPACES_CDN_ENDPOINT_ID', 'SPACES_CDN_TOKEN'],
} as const satisfies Record<string, readonly VariableName[]>;

/** A CDN that is chosen but not set up. */
export function deliveryProblems(given: GivenVariables): VariableProblem[] {
  const needed: readonly VariableName[] = CDN_NEEDS[given.DELIVERY as keyof typeof CDN_NEEDS] ?? [];
  return needed
    .filter((name) => !given[name])
    .map((name) => ({ name, problem: `is not set; DELIVERY=${given.DELIVERY} needs it` }));
}

/** Without an address a bucket is at AWS; without both, storage is the embedded one. */
function isOnAws({ S3_ENDPOINT: endpoint, S3_SOURCE_BUCKET: bucket }: GivenVariables): boolean {
  return endpoint === undefined ? bucket !== undefined : isAwsEndpoint(endpoint);
}
