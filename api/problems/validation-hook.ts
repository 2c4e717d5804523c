import type { Hook } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#api/environment.ts';
import { DomainError, type ErrorCode, type FieldProblem } from '#domain/errors.ts';
import { type Issue, sentenceOf } from './issue-sentence.ts';

/** An id that is not even a UUID names nothing, so its resource is simply not there. */
const NOT_FOUND: { readonly [parameter: string]: ErrorCode } = {
  videoId: 'video_not_found',
  uploadSessionId: 'upload_not_found',
  playlistId: 'playlist_not_found',
  endpointId: 'webhook_endpoint_not_found',
  deliveryId: 'delivery_not_found',
};

interface MemberIssue extends Issue {
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

/** What every dialect here does with input that its schema refuses: throws the DomainError that says so. */
// biome-ignore lint/suspicious/noExplicitAny: the hook serves schemas of any type, which this type can say in no other way
export const validationHook: Hook<any, ApiEnvironment, string, unknown> = (result) => {
  if (result.success) return;
  const issues: readonly MemberIssue[] = result.error.issues;
  if (result.target === 'param') {
    const code = NOT_FOUND[String(issues[0]?.path[0])] ?? 'not_found';
    throw new DomainError(code, 'There is nothing with this id.');
  }
  const named = issues.flatMap(fieldProblems);
  // What is wrong with a body as a whole follows from what is wrong with its members.
  const fields = named.length > 1 ? named.filter(({ field }) => field !== '') : named;
  const count = fields.length === 1 ? '1 member is' : `${fields.length} members are`;
  throw new DomainError('invalid_request', `${count} missing or cannot be taken.`, { fields });
};

/** One issue of a schema as the members that it is about. */
export function fieldProblems({ path, keys, ...issue }: MemberIssue): FieldProblem[] {
  if (issue.code === 'unrecognized_keys' && keys)
    return keys.map((key) => ({ field: fieldPath([...path, key]), message: 'is not a known member' }));
  return [{ field: fieldPath(path), message: sentenceOf(issue) }];
}

/** ['parts', 2, 'etag'] -> `parts[2].etag` */
function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${String(step)}`))
    .join('')
    .slice(0, 200);
}
