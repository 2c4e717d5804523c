import { isAwsEndpoint } from '#providers/storage/s3-vendors.ts';
import type { GivenVariables, VariableProblem } from './config-problem.ts';
import { deliveryProblems, policyTranscoderProblems, transcoderProblems } from './config-provider-rules.ts';
import { VARIABLE_NAMES, type VariableName } from './config-schema.ts';
import { signingKeyProblems } from './config-signing-rules.ts';

/**
 * Which part of the configuration a program uses: `everything` (roles api and worker), `database` (role migrate) or
 * `tokens` (the program that signs them). It is not asked for more.
 */
export type ConfigScope = 'everything' | 'database' | 'tokens';

/** Picks our variables out of the environment. An empty or blank one counts as not set. */
export function givenVariables(env: Readonly<Record<string, string | undefined>>): GivenVariables {
  const set = VARIABLE_NAMES.map((name) => [name, env[name]?.trim()] as const);
  return Object.fromEntries(set.filter(([, value]) => value));
}

/** True when storage is named by the environment, as opposed to the embedded server. */
export function namesStorage(given: GivenVariables): boolean {
  const names = [
    'S3_ENDPOINT',
    'S3_REGION',
    'S3_ACCESS_KEY_ID',
    'S3_SECRET_ACCESS_KEY',
    'S3_SOURCE_BUCKET',
    'S3_MEDIA_BUCKET',
  ] as const;
  return names.some((name) => given[name]);
}

/** Variables that need, or exclude, each other. In the image (R19) what is missing is not made up for. */
export function problemsBetween(given: GivenVariables, scope: ConfigScope): VariableProblem[] {
  const inImage = given.SLUICE_IMAGE === '1';
  const database = databaseProblems(given, inImage);
  const tokens = tokenProblems(given, inImage);
  if (scope === 'database') return database;
  if (scope === 'tokens') return tokens;
  return [
    ...addressProblems(given, inImage),
    ...database,
    ...storageProblems(given, inImage),
    ...signingKeyProblems(given, { isEmbedded: !inImage && !namesStorage(given) }),
    ...tokens,
    ...outputProblems(given),
    ...transcoderProblems(given),
    ...policyTranscoderProblems(given),
    ...deliveryProblems(given),
  ];
}

/** MP4s are made of the segments' own boxes, which transport streams have not. */
function outputProblems({ MP4_RENDITIONS, SEGMENT_CONTAINER }: GivenVariables): VariableProblem[] {
  if (MP4_RENDITIONS !== 'true' || SEGMENT_CONTAINER !== 'ts') return [];
  return [
    { name: 'MP4_RENDITIONS', problem: 'needs SEGMENT_CONTAINER=fmp4: MP4s are made of fMP4 segments' },
  ];
}

function addressProblems(given: GivenVariables, inImage: boolean): VariableProblem[] {
  if (inImage) {
    return given.PUBLIC_URL
      ? []
      : [missing('PUBLIC_URL', 'the address of the API as clients and players see it')];
  }
  const s3Port = given.S3_PORT ?? String(Number(given.PORT ?? 0) + 1);
  if (namesStorage(given) || (s3Port !== given.PORT && s3Port !== '65536')) return [];
  return [{ name: 'S3_PORT', problem: `must be a port of its own, not ${s3Port}` }];
}

function databaseProblems(given: GivenVariables, inImage: boolean): VariableProblem[] {
  if (!inImage || given.DATABASE_URL) return [];
  return [missing('DATABASE_URL', 'postgres://<user>:<password>@<host>:5432/<database>')];
}

function storageProblems(given: GivenVariables, inImage: boolean): VariableProblem[] {
  if (!inImage && !namesStorage(given)) return [];
  const problems: VariableProblem[] = [];
  const because = inImage ? '' : ', because other S3_ variables are';
  const need = (name: VariableName, what: string) => {
    if (!given[name]) problems.push(missing(name, what + because));
  };
  need('S3_REGION', 'the region of the buckets');
  need('S3_SOURCE_BUCKET', 'the bucket for what is uploaded');
  need('S3_MEDIA_BUCKET', 'the bucket for what is played');
  const hasKey = given.S3_ACCESS_KEY_ID !== undefined || given.S3_SECRET_ACCESS_KEY !== undefined;
  if (hasKey || (given.S3_ENDPOINT && !isAwsEndpoint(given.S3_ENDPOINT))) {
    need('S3_ACCESS_KEY_ID', 'the access key; only AWS can do without');
    need('S3_SECRET_ACCESS_KEY', 'the secret of the access key');
  }
  if (given.S3_SOURCE_BUCKET && given.S3_SOURCE_BUCKET === given.S3_MEDIA_BUCKET) {
    problems.push({
      name: 'S3_MEDIA_BUCKET',
      problem: 'must be another bucket than S3_SOURCE_BUCKET, which is private',
    });
  }
  return problems;
}

function tokenProblems(given: GivenVariables, inImage: boolean): VariableProblem[] {
  const problems: VariableProblem[] = [];
  if (given.JWT_SECRET && given.JWT_JWKS_URL) {
    problems.push({ name: 'JWT_JWKS_URL', problem: 'must not be set together with JWT_SECRET: choose one' });
  }
  if (given.JWT_JWKS_URL) {
    if (!given.JWT_ISSUER)
      problems.push(missing('JWT_ISSUER', 'the `iss` of the tokens, needed with JWT_JWKS_URL'));
    if (!given.JWT_AUDIENCE)
      problems.push(missing('JWT_AUDIENCE', 'the `aud` of the tokens, needed with JWT_JWKS_URL'));
  }
  if (inImage && !given.JWT_SECRET && !given.JWT_JWKS_URL) {
    problems.push(
      missing('JWT_SECRET', 'a shared secret of 32 bytes or more, or JWT_JWKS_URL instead of it'),
    );
  }
  return problems;
}

function missing(name: VariableName, what: string): VariableProblem {
  return { name, problem: `is not set; needed: ${what}` };
}
