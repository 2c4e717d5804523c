/** What a schema says of one member that it refuses; zod's issues have this form. */
export interface Issue {
  readonly code?: string;
  readonly message: string;
  readonly expected?: string;
  readonly origin?: string;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
  readonly format?: string;
  readonly values?: readonly unknown[];
}

const KINDS: { readonly [expected: string]: string } = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const FORMATS: { readonly [format: string]: string } = {
  uuid: 'a UUID',
  url: 'a URL',
  email: 'an e-mail address',
  datetime: 'a moment such as 2026-01-22T03:10:00Z',
  safeint: 'a whole number that is not too large',
};

/** Says in our words what is wrong, as the end of a sentence that begins with the member's name: `must be at least 1`. */
export function sentenceOf(issue: Issue): string {
  // Sentences that a schema brings itself begin in lower case, those of the library do not.
  if (/^\p{Ll}/u.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('undefined')) return 'is missing';
      return `must be ${KINDS[issue.expected ?? ''] ?? 'of another type'}`;
    case 'too_small':
      return bound(issue, 'least', issue.minimum);
    case 'too_big':
      return bound(issue, 'most', issue.maximum);
    case 'invalid_format':
      return `must be ${FORMATS[issue.format ?? ''] ?? 'spelled otherwise'}`;
    case 'invalid_value':
      return `must be ${issue.values?.length === 1 ? '' : 'one of '}${issue.values?.join(', ')}`;
    case 'invalid_key':
      return 'must have a shorter name that is not empty';
    default:
      return 'cannot be taken';
  }
}

function bound({ origin, inclusive = true }: Issue, which: 'least' | 'most', limit: unknown): string {
  if (origin === 'string') return `must have at ${which} ${counted(limit, 'character')}`;
  if (origin === 'array' || origin === 'set' || origin === 'map')
    return `must have at ${which} ${limit === 1 ? '1 entry' : `${limit} entries`}`;
  if (inclusive) return `must be at ${which} ${limit}`;
  return `must be ${which === 'least' ? 'more' : 'less'} than ${limit}`;
}

function counted(count: unknown, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
